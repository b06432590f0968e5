//! `khaosat quality back-check`: a second visit to some households.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use ::problem::{Language, Place, Problem, Problems};
use reports::export::aligned::aligned;
use unicode_normalization::UnicodeNormalization;

use super::super::round::ACTOR;
use super::{DatabaseArg, Format, files, from_store, interval, language, number, percent, require_round, say};
use crate::back_checks::{Drew, Second, VerifiedDraw, draw_back_check, pairs, verify};
use crate::quality::back_check::{BackCheckRules, Comparison, Plan, Rate, compare};
use crate::quality::paper::Entries;
use crate::store::{Snapshot, Store, StoreError};

/// Second visits
#[derive(Debug, clap::Subcommand)]
pub(super) enum Args {
    /// Draws households among the interviews that have not faced a draw, records the draw and prints them; there is no trial run
    ///
    /// Example: khaosat quality back-check draw bac-giang-2024 --seed-text "XSMB 27/11/2026 48210" --share 0.1 --min 1
    Draw(DrawArgs),
    /// Lists the households that were drawn
    List(RoundArgs),
    /// Draws all recorded draws again and compares
    Verify(RoundArgs),
    /// Compares first and second answers of the drawn households by rules
    ///
    /// Example: khaosat quality back-check compare bac-giang-2024 --rules kiem-tra-lai.toml --answers lan-hai.csv
    Compare(CompareArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct RoundArgs {
    /// Code of the round
    round: String,
    #[command(flatten)]
    database: DatabaseArg,
}

#[derive(Debug, clap::Args)]
pub(super) struct DrawArgs {
    /// Code of the round
    round: String,
    /// The seed: a text that nobody could choose, such as tonight's lottery result; at least eight characters
    #[arg(long, value_name = "TEXT")]
    seed_text: String,
    /// Share of each enumerator's interviews
    #[arg(long, default_value_t = 0.1)]
    share: f64,
    /// At least so many of each enumerator, or all there are
    #[arg(long, default_value_t = 1)]
    min: usize,
    #[command(flatten)]
    database: DatabaseArg,
}

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("second").required(true)))]
pub(super) struct CompareArgs {
    /// Code of the round
    round: String,
    /// The questions that are compared (TOML: [[question]] name, type 1–3, tolerance, `tolerance_share`)
    #[arg(long, value_name = "FILE.toml")]
    rules: PathBuf,
    /// The second answers: CSV with a column `case_id` and one a question
    #[arg(long, value_name = "FILE.csv", group = "second")]
    answers: Option<PathBuf>,
    /// The second answers are those of this round
    #[arg(long, value_name = "ROUND", group = "second")]
    answers_round: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    database: DatabaseArg,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        Args::Draw(args) => draw(args, out),
        Args::List(args) => list(&open(args)?, &args.round, None, out),
        Args::Verify(args) => run_verify(&open(args)?, &args.round, out),
        Args::Compare(args) => run_compare(args, out),
    }
}

fn open(args: &RoundArgs) -> Result<Store, Problems> {
    let store = args.database.open()?;
    require_round(&store, &args.round)?;
    Ok(store)
}

fn tell(vi: String, en: String) -> String {
    if language() == Language::Vi { vi } else { en }
}

fn draw(args: &DrawArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let store = args.database.open()?;
    require_round(&store, &args.round)?;
    let plan = Plan {
        round: args.round.clone(),
        seed_text: args.seed_text.trim().nfc().collect(),
        share: args.share,
        per_enumerator_min: args.min,
    };
    let round = args.round.clone();
    let drew =
        store.write(ACTOR, move |tx| draw_back_check(tx, &round, &plan)).map_err(|error| from_store(&error))??;
    let (drawn, again) = match &drew {
        Drew::New(drawn) => (drawn, false),
        Drew::Again(drawn) => (drawn, true),
    };
    if again {
        say(
            out,
            tell(
                format!("Lần rút thăm số {} đã được ghi ngày {}", drawn.draw_no, drawn.drawn_at),
                format!("Draw {} was recorded at {}", drawn.draw_no, drawn.drawn_at),
            ),
        )?;
    }
    list(&store, &args.round, Some(drawn.draw_no), out)
}

fn names(snapshot: &mut Snapshot<'_>) -> Result<BTreeMap<String, String>, StoreError> {
    let tokens = snapshot.list_tokens()?.into_iter().map(|token| (token.id, token.name));
    let mut names: BTreeMap<String, String> = tokens.collect();
    names.extend(snapshot.list_accounts()?.into_iter().map(|account| (account.id, account.name)));
    Ok(names)
}

/// Households that were drawn, in the order of villages, with who interviewed.
fn list(store: &Store, round: &str, draw_no: Option<i64>, out: &mut dyn Write) -> Result<(), Problems> {
    let (units, names, cases) = store
        .read(|snapshot| Ok((snapshot.list_back_check_units(round)?, names(snapshot)?, snapshot.list_cases(round)?)))
        .map_err(|error| from_store(&error))?;
    let areas: BTreeMap<&str, &str> =
        cases.iter().map(|case| (case.case_id.as_str(), case.area_name.as_str())).collect();
    let faced = || units.iter().filter(|unit| draw_no.is_none_or(|number| unit.draw_no == number));
    let mut lines = vec![vec![
        tell("LẦN".to_owned(), "DRAW".to_owned()),
        tell("HỘ".to_owned(), "CASE".to_owned()),
        tell("THÔN".to_owned(), "VILLAGE".to_owned()),
        tell("ĐIỀU TRA VIÊN".to_owned(), "ENUMERATOR".to_owned()),
        tell("PHIẾU".to_owned(), "INTERVIEW".to_owned()),
    ]];
    lines.extend(faced().filter(|unit| unit.is_drawn).map(|unit| {
        vec![
            unit.draw_no.to_string(),
            unit.case_id.clone(),
            areas.get(unit.case_id.as_str()).copied().unwrap_or_default().to_owned(),
            names.get(&unit.enumerator).cloned().unwrap_or_else(|| unit.enumerator.clone()),
            unit.uuid.clone(),
        ]
    }));
    let n_drawn = lines.len() - 1;
    if n_drawn > 0 {
        say(out, aligned(&lines, &[]).trim_end())?;
    }
    let n = faced().count();
    say(out, tell(format!("{n_drawn} trong {n} hộ được rút thăm"), format!("{n_drawn} of {n} cases were drawn")))
}

fn run_verify(store: &Store, round: &str, out: &mut dyn Write) -> Result<(), Problems> {
    let draws = store.read(|snapshot| verify(snapshot, round)).map_err(|error| from_store(&error))??;
    for VerifiedDraw { draw: drawn, n_cases: n, n_drawn } in &draws {
        say(
            out,
            tell(
                format!(
                    "Đúng: lần {} ({}), {n_drawn} trong {n} hộ, chuỗi gieo {:?}, danh sách {}",
                    drawn.draw_no, drawn.drawn_at, drawn.seed_text, drawn.frame_sha256
                ),
                format!(
                    "Verified: draw {} ({}), {n_drawn} of {n} cases, seed {:?}, frame {}",
                    drawn.draw_no, drawn.drawn_at, drawn.seed_text, drawn.frame_sha256
                ),
            ),
        )?;
    }
    if draws.is_empty() {
        say(out, tell("Chưa rút thăm lần nào.".to_owned(), "Nothing was drawn yet.".to_owned()))?;
    }
    Ok(())
}

fn run_compare(args: &CompareArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let shown = |path: &PathBuf| path.display().to_string();
    let text = String::from_utf8(files::read(&args.rules)?).map_err(|error| {
        Problems::from(
            Problem::new("back_check_rules", "tệp không phải UTF-8", "the file is not UTF-8")
                .got(error.to_string())
                .in_file(&shown(&args.rules)),
        )
    })?;
    let text: String = text.nfc().collect();
    let rules = BackCheckRules::from_toml(&text).map_err(|problems| problems.in_file(&shown(&args.rules)))?;
    let store = args.database.open()?;
    require_round(&store, &args.round)?;
    let second = match (&args.answers, &args.answers_round) {
        (Some(path), _) => Second::Table(typed(path, &rules)?),
        (None, Some(other)) => {
            require_round(&store, other)?;
            Second::Round(other.clone())
        }
        (None, None) => {
            return Err(Problem::new(
                "back_check_answers",
                "thiếu câu trả lời lần hai",
                "the second answers are missing",
            )
            .into());
        }
    };
    let (found, names) = store
        .read(|snapshot| Ok((pairs(snapshot, &args.round, &second)?, names(snapshot)?)))
        .map_err(|error| from_store(&error))?;
    let compared = compare(&found.pairs, &rules);
    match args.format {
        Format::Json => {
            let document = serde_json::json!({
                "round": args.round, "n_compared": found.pairs.len(), "waiting": found.waiting, "not_drawn": found.not_drawn,
                "action_rate": rules.action_rate, "comparison": compared,
            });
            return say(out, format_args!("{document:#}"));
        }
        Format::Csv => return super::emit(None, &differences(&compared)?, out),
        Format::Table => {}
    }
    say(
        out,
        tell(
            format!(
                "{} hộ được so; {} hộ được rút thăm chưa có câu trả lời lần hai; {} hộ không được rút thăm bị bỏ qua",
                found.pairs.len(),
                found.waiting.len(),
                found.not_drawn.len()
            ),
            format!(
                "{} cases compared; {} drawn cases wait for second answers; {} cases that were not drawn are left out",
                found.pairs.len(),
                found.waiting.len(),
                found.not_drawn.len()
            ),
        ),
    )?;
    table(&compared, &names, out)
}

/// The table of second answers; it must have the questions that are compared.
fn typed(path: &Path, rules: &BackCheckRules) -> Result<BTreeMap<String, BTreeMap<String, String>>, Problems> {
    let shown = path.display().to_string();
    let entries = Entries::from_csv(&files::read(path)?, "case_id").map_err(|problems| problems.in_file(&shown))?;
    let mut problems = Problems::none();
    for question in rules.question.iter().filter(|question| !entries.fields.contains(&question.name)) {
        problems.push(
            Problem::new("back_check_answers", "thiếu cột của câu hỏi này", "the column of this question is missing")
                .at(Place::cell(1, &question.name))
                .in_file(&shown),
        );
    }
    problems.into_result(())?;
    let by_field = |cells: Vec<String>| entries.fields.iter().cloned().zip(cells).collect();
    Ok(entries.forms.iter().map(|(form, cells)| (form.clone(), by_field(cells.clone()))).collect())
}

fn table(compared: &Comparison, names: &BTreeMap<String, String>, out: &mut dyn Write) -> Result<(), Problems> {
    let language = language();
    let shown = |rate: &Rate| {
        format!(
            "{}/{} {} [{}]",
            rate.n_differing,
            rate.n_compared,
            percent(rate.rate, language),
            interval(rate.interval, language)
        )
    };
    let mut lines = vec![vec![
        tell("ĐIỀU TRA VIÊN".to_owned(), "ENUMERATOR".to_owned()),
        tell("hộ".to_owned(), "cases".to_owned()),
        tell("loại 1".to_owned(), "type 1".to_owned()),
        tell("loại 2".to_owned(), "type 2".to_owned()),
        tell("loại 3".to_owned(), "type 3".to_owned()),
        tell("hộ có sai loại 1".to_owned(), "cases with an error of type 1".to_owned()),
        String::new(),
    ]];
    for one in &compared.enumerators {
        let mark = match (one.is_surely_above, one.is_above) {
            (true, _) => tell("vượt ngưỡng rõ".to_owned(), "surely above".to_owned()),
            (false, true) => tell("trên ngưỡng".to_owned(), "above".to_owned()),
            (false, false) => String::new(),
        };
        let mut line = vec![
            names.get(&one.enumerator).cloned().unwrap_or_else(|| one.enumerator.clone()),
            one.n_interviews.to_string(),
        ];
        line.extend(one.by_type.iter().map(shown));
        line.extend([shown(&one.interviews_with_fixed), mark]);
        lines.push(line);
    }
    say(out, aligned(&lines, &[]).trim_end())?;
    say(out, tell(
        "Khoảng 95 %: loại 1–3 theo Wilson với số câu hiệu dụng (câu trong một phiếu giống nhau); hộ và câu hỏi theo Clopper–Pearson chính xác.".to_owned(),
        "95 % intervals: types 1–3 Wilson's at the effective number of answers (answers of one interview are alike); cases and questions exact, Clopper–Pearson.".to_owned(),
    ))?;
    let mut lines = vec![vec![
        tell("CÂU HỎI".to_owned(), "QUESTION".to_owned()),
        tell("loại".to_owned(), "type".to_owned()),
        tell("khác".to_owned(), "differing".to_owned()),
        "SRV".to_owned(),
        tell("độ tin cậy".to_owned(), "reliability".to_owned()),
    ]];
    lines.extend(compared.questions.iter().map(|one| {
        vec![
            one.question.clone(),
            one.kind.number().to_string(),
            shown(&one.rate),
            number(one.simple_response_variance, 2, language),
            number(one.reliability, 3, language),
        ]
    }));
    say(out, "")?;
    say(out, aligned(&lines, &[]).trim_end())?;
    say(out, "")?;
    compared.differences.iter().try_for_each(|one| {
        say(
            out,
            format_args!(
                "{} · {} · {}: {:?} / {:?}",
                one.case_id,
                one.question,
                one.kind.number(),
                one.original,
                one.second
            ),
        )
    })
}

fn differences(compared: &Comparison) -> Result<Vec<u8>, Problems> {
    let unwritable = |error: &dyn std::fmt::Display| {
        Problems::from(
            Problem::new("back_check_csv", "không ghi được bảng", "the table cannot be written").got(error.to_string()),
        )
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    let headings = ["case_id", "enumerator", "question", "type", "original", "second"];
    writer.write_record(headings).map_err(|error| unwritable(&error))?;
    for one in &compared.differences {
        let kind = one.kind.number().to_string();
        let row = [&one.case_id, &one.enumerator, &one.question, &kind, &one.original, &one.second];
        writer.write_record(row).map_err(|error| unwritable(&error))?;
    }
    writer.into_inner().map_err(|error| unwritable(&error))
}
