//! What a verification found, for people and for programs.

use problem::{Language, Problem, Problems, Words};
use sampling::Verification;
use serde::Serialize;

use super::VerifyArgs;
use crate::cli::sample::noted;

/// A list that is what it should be.
pub(super) struct Verified {
    pub(super) verification: Verification,
    pub(super) has_certificate: bool,
    /// Hash, source and published text of the commitment, when one was checked.
    pub(super) commitment: Option<CommitmentFound>,
}

#[derive(Clone, Serialize)]
pub(super) struct CommitmentFound {
    pub(super) sha256: String,
    pub(super) source: Option<String>,
    pub(super) text: Option<String>,
}

/// How many problems of each kind, when there are several, before the problems themselves.
pub(super) fn with_summary(problems: Problems) -> Problems {
    let counts = Counts::of(&problems);
    let Counts { units_missing, units_added, cells_changed } = counts;
    if units_missing + units_added + cells_changed < 2 {
        return problems;
    }
    let mut all: Problems = Problem::new(
        "sample_not_implied",
        format!("danh sách không phải danh sách của lần rút: thiếu {units_missing} đơn vị, thừa {units_added} đơn vị, {cells_changed} ô bị đổi"),
        format!("the list is not that of the draw: {units_missing} units missing, {units_added} added, {cells_changed} cells changed"),
    )
    .into();
    all.extend(problems);
    all
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Counts {
    units_missing: usize,
    units_added: usize,
    cells_changed: usize,
}

impl Counts {
    fn of(problems: &Problems) -> Self {
        let count = |codes: &[&str]| problems.iter().filter(|problem| codes.contains(&problem.code)).count();
        Self {
            units_missing: count(&["sample_unit_missing"]),
            units_added: count(&["sample_unit_added", "sample_unit_twice"]),
            cells_changed: count(&["sample_cell_changed"]),
        }
    }
}

/// The result for programs.
#[derive(Serialize)]
pub(super) struct Report {
    verified: bool,
    sample: String,
    n_main: Option<usize>,
    n_reserve: Option<usize>,
    design: Option<String>,
    design_sha256: Option<String>,
    frame_sha256: Option<String>,
    seed: Option<u64>,
    only: Option<String>,
    has_certificate: Option<bool>,
    commitment: Option<CommitmentFound>,
    #[serde(flatten)]
    counts: Counts,
    notes: Vec<Words>,
    problems: Problems,
}

impl Report {
    pub(super) fn of(args: &VerifyArgs, found: &Result<Verified, Problems>) -> Self {
        let verified = found.as_ref().ok();
        let verification = verified.map(|verified| &verified.verification);
        let provenance = verification.map(|verification| &verification.sample.provenance);
        let problems = found.as_ref().err().cloned().unwrap_or_default();
        Self {
            verified: verified.is_some(),
            sample: args.sample.display().to_string(),
            n_main: verification.map(|verification| verification.n_main),
            n_reserve: verification.map(|verification| verification.n_reserve),
            design: provenance.map(|provenance| provenance.design.clone()),
            design_sha256: provenance.map(|provenance| provenance.design_sha256.clone()),
            frame_sha256: provenance.map(|provenance| provenance.frame_sha256.clone()),
            seed: provenance.map(|provenance| provenance.seed),
            only: provenance.and_then(|provenance| provenance.only.clone()),
            has_certificate: verified.map(|verified| verified.has_certificate),
            commitment: verified.and_then(|verified| verified.commitment.clone()),
            counts: Counts::of(&problems),
            notes: verification.map(|verification| verification.notes.clone()).unwrap_or_default(),
            problems,
        }
    }

    pub(super) fn json(&self) -> Result<String, Problems> {
        serde_json::to_string_pretty(self).map_err(|error| {
            Problem::new("output", "không ghi được kết quả", "the output cannot be written")
                .got(error.to_string())
                .into()
        })
    }
}

impl Verified {
    pub(super) fn text(&self, language: Language) -> String {
        let Verification { n_main, n_reserve, sample, notes } = &self.verification;
        let provenance = &sample.provenance;
        let (vi, en) = match (&self.commitment, self.has_certificate) {
            (Some(_), true) => (", với chứng thư và với bản cam kết", ", of the certificate and of the commitment"),
            (Some(_), false) => (
                " và với bản cam kết (không có chứng thư bên cạnh)",
                " and of the commitment (no certificate beside the list)",
            ),
            (None, true) => (" và với chứng thư", " and of the certificate"),
            (None, false) => (" (không có chứng thư bên cạnh)", " (no certificate beside the list)"),
        };
        let mut lines = vec![match language {
            Language::Vi => format!("Đúng: {n_main} đơn vị chính và {n_reserve} dự phòng khớp với lần rút lại{vi}"),
            Language::En => format!("Verified: {n_main} main units and {n_reserve} reserves are those of the draw{en}"),
        }];
        lines.push(format!("  design  {} {}", provenance.design, provenance.design_sha256));
        lines.push(format!("  frame   {}", provenance.frame_sha256));
        lines.push(format!("  seed    {}", provenance.seed));
        lines.extend(provenance.only.iter().map(|only| format!("  only    {only}")));
        if let Some(commitment) = &self.commitment {
            let (compare, source, text) = match language {
                Language::Vi => ("so với mã đã công bố trước khi rút", "nguồn", "văn bản đã công bố"),
                Language::En => ("compare with what was published before the draw", "source", "published text"),
            };
            lines.push(format!("  commitment {} ({compare})", commitment.sha256));
            lines.extend(commitment.source.iter().map(|words| format!("    {source}: {words}")));
            lines.extend(commitment.text.iter().map(|words| format!("    {text}: {words}")));
        }
        lines.extend(noted(notes, language));
        lines.join("\n")
    }
}
