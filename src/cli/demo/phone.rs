//! What is left for a phone: an open round beside the simulated one, an enumerator with two villages, and, where the address is
//! known at which phones reach the service, QR codes for the browser and for ODK Collect.

use std::io::Write;
use std::sync::Arc;

use ::problem::Problems;
use sampling::Sample;

use super::super::phone::{browser_link, collect_svg, issue_collect_key, link_svg};
use super::super::round::{NewRound, create};
use super::super::{from_store, say};
use super::folder::Folder;
use super::{ACTOR, QUESTIONNAIRES};
use crate::app::Rooms;
use crate::assignment::{AssignmentRefused, AssignmentWish, assign};
use crate::config::Config;
use crate::password::PasswordRoom;
use crate::people::{CodeRefused, issue_code, new_account, no_randomness, shown_code};
use crate::problem as catalogue;
use crate::store::{Grant, Role, Store, SystemClock};

const ROUND_CODE: &str = "thu-dien-thoai";
const ROUND_NAME: &str = "Thử trên điện thoại";
const LOGIN: &str = "hoa";
const NAME: &str = "Nguyễn Thị Hoa (thử)";
const VILLAGES: usize = 2;

/// Leaves the round and the enumerator in the database; with the address of the service also the QR codes, in `phone/`.
pub(super) fn leave(
    config: &Config,
    public_url: Option<&str>,
    sample: &Sample,
    certificate: String,
    folder: &Folder,
    out: &mut dyn Write,
) -> Result<(), Problems> {
    // The clock of the machine: codes run out by it.
    let store = Store::open_with(&config.database, Arc::new(SystemClock), &config.keys);
    let store = store.map_err(|error| from_store(&error))?;
    let files = Rooms::of_this_program().builtin_questionnaire;
    let round = NewRound {
        code: ROUND_CODE.to_owned(),
        name: ROUND_NAME.to_owned(),
        list_csv: sample.to_csv().into_bytes(),
        certificate: Some(certificate),
        questionnaires: QUESTIONNAIRES.iter().take(1).filter_map(|name| files.and_then(|files| files(name))).collect(),
        geography_day: None,
    };
    create(&store, &round)?;
    let grant = Grant { role: Role::Enumerator, round_code: Some(ROUND_CODE.to_owned()) };
    let person = new_account(LOGIN, NAME, vec![grant])?;
    let mut areas: Vec<String> = Vec::new();
    for unit in &sample.units {
        let codes: Vec<&str> = unit.path.iter().map(|area| area.code.as_str()).collect();
        let area = codes.join("-");
        if areas.len() < VILLAGES && !areas.contains(&area) {
            areas.push(area);
        }
    }
    let wish = AssignmentWish { enumerator: Some(LOGIN.to_owned()), areas, cases: Vec::new(), even_started: false };
    store
        .write(ACTOR, move |tx| {
            tx.create_account(&person)?;
            assign(tx, ROUND_CODE, &wish)
        })
        .map_err(|error| from_store(&error))?
        .map_err(|refused| match refused {
            AssignmentRefused::Invalid(problems) | AssignmentRefused::Started(problems) => problems,
        })?;
    say(out, format_args!("Thử bằng điện thoại: đợt {ROUND_CODE}, điều tra viên {LOGIN} ({VILLAGES} thôn)."))?;
    let Some(public_url) = public_url else {
        return say(out, format_args!("  chạy lại với --public-url ĐỊA_CHỈ để có mã QR; xem docs/vi/dieu-phoi.md"));
    };
    let issued =
        issue_code(&store, &PasswordRoom::default(), ACTOR, ROUND_CODE, LOGIN).map_err(|refused| match refused {
            CodeRefused::Unknown => catalogue::enumerator_unknown(LOGIN).into(),
            CodeRefused::Busy => no_randomness(&"argon2"),
            CodeRefused::Failed(problems) => problems,
            CodeRefused::Store(error) => from_store(&error),
        })?;
    let shown = shown_code(&issued.code);
    let (browser, collect) = ("phone/trinh-duyet.svg", "phone/collect.svg");
    folder.write(browser, link_svg(&browser_link(public_url, &shown))?.as_bytes())?;
    let (_, name, secret) = issue_collect_key(&store, ACTOR, ROUND_CODE, LOGIN)?;
    folder.write(collect, collect_svg(public_url, &secret, ROUND_CODE, &name)?.as_bytes())?;
    say(out, format_args!("  trình duyệt: {} (mã {shown}, đến {})", folder.shown(browser), issued.expires_at))?;
    say(out, format_args!("  ODK Collect: {}", folder.shown(collect)))
}
