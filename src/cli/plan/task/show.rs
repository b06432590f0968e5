//! One task in full.

use std::io::Write;

use ::problem::{Language, Problems};
use chrono::NaiveDate;
use reports::index::Certainty;
use reports::vietnamese;

use super::tables::deadline;
use crate::cli::plan::Source;
use crate::cli::plan::target::names;
use crate::cli::{DatabaseArg, from_store, language, say};
use crate::plan::task::Agency;
use crate::store::PlanReportKind;

/// Its words, who answers for it, what it serves, and every report with its files.
pub(super) fn show(source: &Source, no: u32, today: NaiveDate, out: &mut dyn Write) -> Result<(), Problems> {
    let standing = source.standing()?;
    let task = standing.task(no)?;
    let (vi, en) = (Language::Vi, Language::En);
    say(out, format_args!("{}. {}\n   {}", task.no, task.name.in_language(vi), task.name.in_language(en)))?;
    say(out, format_args!("   chủ trì / lead: {}", names(&standing, &task.lead)))?;
    for chain in task.lead.iter().map(|lead| standing.agencies.chain(lead, today)).filter(|chain| chain.len() > 1) {
        say(out, format_args!("   kế thừa / now: {}", handed_on(&chain)))?;
    }
    say(out, format_args!("   phối hợp / with: {}", names(&standing, &task.coordinating)))?;
    say(out, format_args!("   thời hạn / deadline: {}", deadline(task.deadline)))?;
    say(
        out,
        format_args!(
            "   PAPI {} {}; SIPAS {} ({})",
            task.papi_dimensions.join(","),
            task.papi_sub_dimensions.join(","),
            task.sipas_factors.join("; "),
            task.links_certainty.words().in_language(language())
        ),
    )?;
    let Some(url) = source.url() else { return Ok(()) };
    let store = DatabaseArg::at(url).open()?;
    let reports =
        store.read(|snapshot| snapshot.list_plan_reports(PlanReportKind::Task)).map_err(|error| from_store(&error))?;
    for report in reports.iter().filter(|report| report.subject == no.to_string()) {
        say(
            out,
            format_args!(
                "   [{}] {} {} {} {} {}",
                report.sequence,
                report.period,
                report.agency,
                report.content,
                report.note,
                report.reported_at.get(..10).unwrap_or_default()
            ),
        )?;
        for file in &report.evidence {
            say(out, format_args!("       {} {} sha256 {}", file.evidence_no, file.file_name, file.body_sha256))?;
        }
    }
    Ok(())
}

/// The agencies through whose hands a task went: who, until when, and how sure that is.
fn handed_on(chain: &[&Agency]) -> String {
    let told = |agency: &&Agency| {
        let name = agency.name.in_language(language());
        match (agency.valid_to, agency.certainty) {
            (Some(last), Certainty::Certain) => format!("{name} (→ {})", vietnamese::date(last)),
            (Some(last), certainty) => {
                format!("{name} (→ {}, {})", vietnamese::date(last), certainty.words().in_language(language()))
            }
            (None, _) => name.to_owned(),
        }
    };
    chain.iter().map(told).collect::<Vec<_>>().join(" → ")
}
