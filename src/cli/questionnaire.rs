//! `khaosat questionnaire`: is this instrument fit for the field, and what does it ask?

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use problem::{Problem, Problems};
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use super::files;
use super::round_sheets::list_files;
use crate::openrosa::form::xform;
use crate::questionnaire::{BUILTIN, FormLanguage, Questionnaire, Sheets, Texts, builtin, codebook, xlsform};

/// Arguments of `khaosat questionnaire`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  khaosat questionnaire check papi-2019\n  khaosat questionnaire check my-survey.xlsx --format json\n  \
                        khaosat questionnaire show sipas-2023 --language en"
)]
pub struct QuestionnaireArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Finds every problem of an instrument; without problems, says what it holds and its hash.
    Check {
        /// A folder with survey.csv, choices.csv and settings.csv, an .xlsx file, or the name of a built-in instrument.
        source: String,
        /// How the result is printed.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Prints the questions in the order of the interview.
    Show {
        /// As for `check`.
        source: String,
        /// The code of the language; the questionnaire's default language if absent.
        #[arg(long)]
        language: Option<String>,
        /// How the result is printed; `json` is the codebook.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Prints the form that ODK Collect gets, as XForm.
    Xform {
        /// As for `check`.
        source: String,
    },
    /// Writes the questionnaire as an XLSForm workbook, with the files of its lists beside it; `check` reads it as the same.
    Xlsx {
        /// As for `check`.
        source: String,
        /// The workbook to be written, such as survey.xlsx.
        #[arg(value_name = "FILE.xlsx")]
        out: PathBuf,
    },
    /// Lists the built-in instruments.
    List,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// Runs the command.
///
/// # Errors
/// Every problem of the instrument, or that the result cannot be written.
pub fn run(args: &QuestionnaireArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let text = match &args.act {
        Act::Check { source, format } => {
            let summary = Summary::of(&load(source)?)?;
            if *format == Format::Json { json(&summary)? } else { summary.text() }
        }
        Act::Show { source, language, format } => {
            let questionnaire = load(source)?;
            let language = language.as_deref().unwrap_or_else(|| questionnaire.default_language());
            if !questionnaire.languages().iter().any(|known| known.code == language) {
                return Err(unknown_language(language, questionnaire.languages()).into());
            }
            match format {
                Format::Json => json(&codebook(&questionnaire))?,
                Format::Text => shown(&questionnaire, language),
            }
        }
        // The service gives the hash of the published sheets in its place; here nothing is published.
        Act::Xform { source } => xform(&load(source)?, "")?,
        Act::Xlsx { source, out } => to_workbook(&load(source)?, out)?,
        Act::List => BUILTIN.iter().map(|instrument| format!("{}\n", instrument.name)).collect(),
    };
    out.write_all(text.as_bytes()).map_err(|error| {
        Problem::new("output_failed", "không ghi được kết quả", "the result cannot be written")
            .got(error.to_string())
            .into()
    })
}

/// The workbook, and beside it the lists in files of their own; says what was written.
fn to_workbook(questionnaire: &Questionnaire, out: &Path) -> Result<String, Problems> {
    let sheets = xlsform::to_sheets(questionnaire);
    let bytes = xlsform::to_xlsx(&sheets)?;
    let mut written = Vec::new();
    let folder = out.parent().unwrap_or(Path::new(""));
    for list in &sheets.files {
        let path = folder.join(&list.name);
        files::write(&path, list.to_csv().as_bytes())?;
        written.push(path);
    }
    files::write(out, &bytes)?;
    written.insert(0, out.to_owned());
    Ok(written.iter().map(|path| format!("{}\n", path.display())).collect())
}

fn unknown_language(language: &str, languages: &[FormLanguage]) -> Problem {
    let known = languages.iter().map(|language| language.code.as_str()).collect::<Vec<_>>().join(", ");
    Problem::new(
        "questionnaire_language_unknown",
        format!("bảng hỏi không có ngôn ngữ “{language}”"),
        format!("the questionnaire has no language “{language}”"),
    )
    .expected(known)
}

/// The instrument in a folder, in a workbook, or of the house.
/// The questionnaire of a folder, an `.xlsx` file or a built-in name.
pub(super) fn load(source: &str) -> Result<Questionnaire, Problems> {
    let path = Path::new(source);
    let sheets = if path.is_dir() {
        sheets_of_folder(path)?
    } else if path.is_file() {
        let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
        let sheets = Sheets::from_xlsx(&bytes).map_err(|problems| problems.in_file(source))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        with_lists(sheets, folder)?
    } else if let Some(instrument) = builtin(source) {
        return instrument.questionnaire();
    } else {
        let names = BUILTIN.iter().map(|instrument| instrument.name).collect::<Vec<_>>().join(", ");
        let problem =
            Problem::new("questionnaire_not_found", "không tìm thấy bảng hỏi", "there is no such questionnaire");
        return Err(problem
            .expected((
                format!("một thư mục, một tệp .xlsx, hoặc một trong {names}"),
                format!("a folder, an .xlsx file, or one of {names}"),
            ))
            .got(source)
            .into());
    };
    xlsform::read(&sheets).map_err(|problems| problems.in_file(source))
}

fn sheets_of_folder(folder: &Path) -> Result<Sheets, Problems> {
    let mut problems = Problems::none();
    let mut read = |sheet: &str| {
        let path: PathBuf = folder.join(format!("{sheet}.csv"));
        std::fs::read_to_string(&path).unwrap_or_else(|error| {
            problems.push(unreadable(&path, &error));
            String::new()
        })
    };
    let (survey, choices, settings) = (read("survey"), read("choices"), read("settings"));
    problems.into_result(())?;
    let sheets = Sheets::from_csv(&survey, &choices, &settings)
        .map_err(|problems| problems.in_file(&folder.display().to_string()))?;
    with_lists(sheets, folder)
}

/// The sheets with the lists that stand in files beside them.
fn with_lists(sheets: Sheets, folder: &Path) -> Result<Sheets, Problems> {
    let mut problems = Problems::none();
    let cells = sheets.survey.rows.iter().flat_map(|row| &row.cells);
    let survey: String = cells.fold(String::new(), |text, cell| text + cell + "\n");
    let mut files: Vec<(String, String)> = Vec::new();
    for path in list_files(folder, &survey) {
        let name: String = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().nfc().collect();
        match std::fs::read_to_string(&path) {
            Ok(text) => files.push((name, text)),
            Err(error) => problems.push(unreadable(&path, &error)),
        }
    }
    problems.into_result(())?;
    sheets.with_files(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    let problem = Problem::new("file_unreadable", "không đọc được tệp", "the file cannot be read");
    problem.got(error.to_string()).in_file(&path.display().to_string())
}

fn json<T: Serialize>(value: &T) -> Result<String, Problems> {
    let text = serde_json::to_string_pretty(value).map_err(|error| {
        Problem::new("output_failed", "không ghi được kết quả", "the result cannot be written").got(error.to_string())
    })?;
    Ok(text + "\n")
}

/// What `check` says of an instrument without problems.
#[derive(Serialize)]
struct Summary {
    form_id: String,
    title: Texts,
    version: String,
    sha256: String,
    languages: Vec<FormLanguage>,
    default_language: String,
    n_questions: usize,
    n_asked: usize,
    n_required: usize,
    n_sections: usize,
    n_choice_lists: usize,
    n_columns: usize,
    by_type: BTreeMap<&'static str, usize>,
}

impl Summary {
    fn of(questionnaire: &Questionnaire) -> Result<Self, Problems> {
        let questions = questionnaire.questions();
        let mut by_type: BTreeMap<&'static str, usize> = BTreeMap::new();
        for question in questions {
            *by_type.entry(question.kind.name()).or_default() += 1;
        }
        Ok(Self {
            form_id: questionnaire.id().to_owned(),
            title: questionnaire.title().clone(),
            version: questionnaire.version().to_owned(),
            sha256: questionnaire.version_hash()?,
            languages: questionnaire.languages().to_vec(),
            default_language: questionnaire.default_language().to_owned(),
            n_questions: questions.len(),
            n_asked: questions.iter().filter(|question| question.kind.is_asked()).count(),
            n_required: questions.iter().filter(|question| question.required.is_some()).count(),
            n_sections: questionnaire.groups().len(),
            n_choice_lists: questionnaire.choice_lists().len(),
            n_columns: codebook(questionnaire).len(),
            by_type,
        })
    }

    fn text(&self) -> String {
        let title = self.title.first_of(&[&self.default_language]).unwrap_or_default();
        let codes: Vec<&str> = self.languages.iter().map(|language| language.code.as_str()).collect();
        let types: Vec<String> = self.by_type.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        format!(
            "{title}\n{id}, version {version}: no problems\n  questions   {asked} asked ({required} required), {all} rows\n  \
             types       {types}\n  sections    {sections}\n  lists       {lists}\n  columns     {columns}\n  \
             languages   {codes} (default {default})\n  sha256      {sha256}\n",
            id = self.form_id,
            version = self.version,
            asked = self.n_asked,
            required = self.n_required,
            all = self.n_questions,
            types = types.join(", "),
            sections = self.n_sections,
            lists = self.n_choice_lists,
            columns = self.n_columns,
            codes = codes.join(", "),
            default = self.default_language,
            sha256 = self.sha256,
        )
    }
}

/// The questionnaire as it is read aloud.
fn shown(questionnaire: &Questionnaire, language: &str) -> String {
    let words = |texts: &Texts| texts.get(language).unwrap_or_default().to_owned();
    let mut text = format!("{}\n", words(questionnaire.title()));
    let mut section: Option<usize> = None;
    for question in questionnaire.questions() {
        if question.group != section {
            section = question.group;
            let titles: Vec<String> =
                questionnaire.sections(question).iter().map(|group| words(&group.label)).collect();
            text.push_str(&format!("\n# {}\n", titles.join(" / ")));
        }
        text.push_str(&format!("\n[{}] {} {}\n", question.name, question.kind.name(), words(&question.label)));
        if let Some(formula) = &question.relevant {
            text.push_str(&format!("    relevant: {}\n", formula.text()));
        }
        for choice in questionnaire.choices(question).map(|list| list.choices.as_slice()).unwrap_or_default() {
            text.push_str(&format!("    {:>5}  {}\n", choice.name, words(&choice.label)));
        }
    }
    text
}
