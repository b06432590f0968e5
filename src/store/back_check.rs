//! Draws of households to be visited again: recorded with all that stood before the draw, never changed, each case once.

use diesel::prelude::*;

use super::error::StoreError;
use super::schema::{back_check_draw, back_check_unit};
use super::{Snapshot, Transaction};

/// A draw to be recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct NewBackCheckDraw {
    /// The seed.
    pub seed_text: String,
    /// Share of each enumerator's interviews.
    pub share: f64,
    /// The least of each enumerator.
    pub per_enumerator_min: i64,
    /// SHA-256 of all that stood before the draw.
    pub frame_sha256: String,
    /// All that stood before the draw.
    pub units: Vec<BackCheckUnit>,
}

/// A draw that was recorded.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable)]
#[diesel(table_name = back_check_draw)]
pub struct BackCheckDraw {
    /// Its number within the round, from 1.
    pub draw_no: i64,
    /// The seed.
    pub seed_text: String,
    /// Share of each enumerator's interviews.
    pub share: f64,
    /// The least of each enumerator.
    pub per_enumerator_min: i64,
    /// SHA-256 of all that stood before the draw.
    pub frame_sha256: String,
    /// The id of an account or token, or the command.
    pub drawn_by: String,
    /// When.
    pub drawn_at: String,
}

/// A case that stood before a draw.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = back_check_unit)]
pub struct BackCheckUnit {
    /// The case.
    pub case_id: String,
    /// The draw; set when it is recorded.
    pub draw_no: i64,
    /// The interview that stood for the case.
    pub uuid: String,
    /// Who held it.
    pub enumerator: String,
    /// Its ticket.
    pub ticket: String,
    /// Whether it is visited again.
    pub is_drawn: bool,
}

impl Snapshot<'_> {
    /// The draws of a round, in their order.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_back_check_draws(&mut self, round_code: &str) -> Result<Vec<BackCheckDraw>, StoreError> {
        Ok(back_check_draw::table
            .filter(back_check_draw::round_code.eq(round_code))
            .order(back_check_draw::draw_no)
            .select(BackCheckDraw::as_select())
            .load(self.conn)?)
    }

    /// All cases that stood before a draw of a round, by draw and case.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_back_check_units(&mut self, round_code: &str) -> Result<Vec<BackCheckUnit>, StoreError> {
        let mut units: Vec<BackCheckUnit> = back_check_unit::table
            .filter(back_check_unit::round_code.eq(round_code))
            .select(BackCheckUnit::as_select())
            .load(self.conn)?;
        // Here and not in SQL, where the order of texts depends on the server's collation.
        units.sort_by(|a, b| (a.draw_no, &a.case_id).cmp(&(b.draw_no, &b.case_id)));
        Ok(units)
    }
}

impl Transaction<'_> {
    /// Records a draw with all that stood before it.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the seed was used before, or another draw took the number or a case first.
    pub fn record_back_check_draw(
        &mut self,
        round_code: &str,
        new: &NewBackCheckDraw,
    ) -> Result<BackCheckDraw, StoreError> {
        let draw_no = self.list_back_check_draws(round_code)?.last().map_or(1, |last| last.draw_no + 1);
        let taken = |error: diesel::result::Error| {
            StoreError::from(error).exists_if_unique(|| format!("a back-check draw of round {round_code}"))
        };
        let drawn = BackCheckDraw {
            draw_no,
            seed_text: new.seed_text.clone(),
            share: new.share,
            per_enumerator_min: new.per_enumerator_min,
            frame_sha256: new.frame_sha256.clone(),
            drawn_by: self.actor.clone(),
            drawn_at: self.now.to_string(),
        };
        diesel::insert_into(back_check_draw::table)
            .values((
                back_check_draw::round_code.eq(round_code),
                back_check_draw::draw_no.eq(draw_no),
                back_check_draw::seed_text.eq(&drawn.seed_text),
                back_check_draw::share.eq(drawn.share),
                back_check_draw::per_enumerator_min.eq(drawn.per_enumerator_min),
                back_check_draw::frame_sha256.eq(&drawn.frame_sha256),
                back_check_draw::drawn_by.eq(&drawn.drawn_by),
                back_check_draw::drawn_at.eq(&drawn.drawn_at),
            ))
            .execute(self.conn)
            .map_err(taken)?;
        for unit in &new.units {
            diesel::insert_into(back_check_unit::table)
                .values((
                    back_check_unit::round_code.eq(round_code),
                    back_check_unit::case_id.eq(&unit.case_id),
                    back_check_unit::draw_no.eq(draw_no),
                    back_check_unit::uuid.eq(&unit.uuid),
                    back_check_unit::enumerator.eq(&unit.enumerator),
                    back_check_unit::ticket.eq(&unit.ticket),
                    back_check_unit::is_drawn.eq(unit.is_drawn),
                ))
                .execute(self.conn)
                .map_err(taken)?;
        }
        let n_drawn = new.units.iter().filter(|unit| unit.is_drawn).count();
        let detail =
            format!("{n_drawn} of {} by seed {:?}, frame {}", new.units.len(), new.seed_text, new.frame_sha256);
        self.audit("back_check.drawn", &format!("{round_code}/{draw_no}"), &detail)?;
        Ok(drawn)
    }
}
