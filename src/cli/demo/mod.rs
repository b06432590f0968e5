//! `khaosat demo`: the whole road on the example of Bắc Giang, with simulated people whose true opinions are known.
//!
//! Frame → draw → sample list → service with a new database → interviews through the API → scores → figures → one page. All
//! results are fetched from the service over HTTP, as any client would.

mod client;
mod compare;
mod folder;
mod interviews;
mod papers;
mod phone;
mod plan;

use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use ::problem::{Language, Problem, Problems};
use rand::TryRng;
use rand::rngs::SysRng;
use reports::chart::{ChartFormat, rendered};
use reports::index::IndexDefinition;
use sampling::{Certificate, Sample, SampleDesign, SamplingFrame, draw};

use super::round::{NewRound, create};
use super::{from_store, say};
use crate::app::{App, Rooms};
use crate::config::Config;
use crate::fieldwork::sample_list::to_xlsx;
use crate::http::{Server, StopOn, serve};
use crate::questionnaire::{Questionnaire, builtin};
use crate::results::ResultsError;
use crate::simulation::coverage::{EXAMPLE_DESIGN as DESIGN, EXAMPLE_FRAME as FRAME};
use crate::simulation::levels::levels_of;
use crate::simulation::round::{Instrument, SimulatedRound, simulate};
use crate::simulation::world::EffectSizes;
use crate::store::{Clock, DatabaseUrl, KeySource, RoundState, Timestamp, Visibility};
use client::Client;
use folder::Folder;
use interviews::Tokens;

/// What is asked of every household.
const QUESTIONNAIRES: [&str; 2] = ["papi-2019", "sipas-2023"];
/// The figures that are kept as files, and the formats of each.
const FIGURES: [&str; 4] = ["p1", "p2", "p3", "s1"];
/// The figures of fieldwork, which are for the people of the round so that no public address has them, and the scorecard.
const FIELD_FIGURES: [&str; 4] = ["f1", "f2", "f3", "m1"];
const FORMATS: [&str; 5] = ["svg", "png", "pdf", "csv", "json"];
const ROUND_CODE: &str = "bac-giang-mo-phong";
const ROUND_NAME: &str = "PAPI và SIPAS Bắc Giang – dữ liệu mô phỏng";
/// The day on which the simulated responses arrive; the figures are as of this day, whenever the demonstration is run.
const ARRIVAL: &str = "2024-08-26T01:00:00Z";
const ACTOR: &str = "demonstration";

/// The whole road on an example, in seconds: frame, sample, interviews through the API, scores, figures
///
/// Example: khaosat demo --seed 20241
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder to write to; made if it is not there
    #[arg(long, value_name = "DIR", default_value = "khaosat-demo")]
    out: PathBuf,
    /// Seed of the draw and of the simulated people; without one, this machine draws one and says which
    #[arg(long)]
    seed: Option<u64>,
    /// Another database than the SQLite file in the folder; it must be empty
    #[arg(long, value_name = "URL", hide_env_values = true)]
    database: Option<String>,
    /// The file of the key of the answers, for PostgreSQL. Without it the made-up answers of the demonstration are kept unsealed there
    #[arg(long, value_name = "FILE", env = "KHAOSAT_KEY_FILE")]
    key_file: Option<PathBuf>,
    /// The address at which phones will reach `khaosat serve`, such as `http://192.168.1.20:8080`: writes QR codes for an enumerator
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

impl Args {
    /// Made-up answers need no key where there is no place for one.
    fn keys(&self) -> Result<KeySource, Problems> {
        let parsed =
            self.database.as_deref().map(DatabaseUrl::parse).transpose().map_err(|error| from_store(&error))?;
        Ok(match (&self.key_file, parsed) {
            (Some(file), _) => KeySource::File(file.clone()),
            (None, Some(DatabaseUrl::Postgresql(_))) => KeySource::Plain,
            (None, _) => KeySource::Beside,
        })
    }
}

/// A clock that stands still, so that two runs with one seed give the same bytes.
struct StandingClock(Timestamp);

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// The questionnaires and indices of the demonstration.
struct Instruments {
    questionnaires: Vec<Questionnaire>,
    definitions: Vec<IndexDefinition>,
    levels: Vec<BTreeMap<String, f64>>,
}

/// Runs the demonstration.
///
/// # Errors
/// A folder that holds other things, a database that is not empty or cannot be opened, a port that cannot be had.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    let began = Instant::now();
    let seed = args.seed.map_or_else(random_seed, Ok)?;
    // Before anything is replaced: a run that is refused leaves everything as it was.
    let keys = args.keys()?;
    if let Some(database) = &args.database {
        refuse_used(&open(database, &keys)?)?;
    }
    let folder = Folder::prepare(&args.out)?;
    let (frame, design) = read_frame(out)?;
    let sample = draw_sample(&frame, &design, seed, out)?;
    let certificate = write_sample(&folder, &design, &sample, out)?;
    let instruments = Instruments::of_this_program()?;
    let simulated = instruments.simulate(&frame, &design, &sample, seed)?;
    let database = args.database.clone().unwrap_or_else(|| folder.path("khaosat.db").display().to_string());
    let (server, tokens) = start(&database, &keys, &sample, certificate.clone())?;
    let client = Client::new(&server.url(), &tokens.enumerator);
    let coordinator = Client::new(&server.url(), &tokens.coordinator);
    let sent = interviews::submit(&client, &coordinator, &sample, &simulated, seed)?;
    step(
        out,
        4,
        format_args!(
            "dịch vụ {} (CSDL mới): đã gửi {} phiếu và {} lần tiếp cận, cho dùng {} hộ dự phòng qua API, mọi phiếu có biên nhận",
            server.url(),
            sent.responses,
            sent.attempts,
            sent.releases
        ),
    )?;
    close_round(&database, &keys)?;
    fetch_results(&client, &folder, &instruments, out)?;
    write_field_figures(&open(&database, &keys)?, &folder)?;
    folder.write("index.html", &client.get(&format!("/rounds/{ROUND_CODE}?standalone=1&lang=vi"))?)?;
    step(out, 7, format_args!("trang tổng hợp: {}", folder.shown("index.html")))?;
    plan::write(&open(&database, &keys)?, &folder, out)?;
    server.stop().map_err(|error| {
        Problem::new("demo_service", "dịch vụ dừng không bình thường", "the service did not stop well")
            .got(error.to_string())
    })?;
    compare::tell(&folder, &instruments.definitions, &simulated, out)?;
    phone::leave(&open(&database, &keys)?.config, args.public_url.as_deref(), &sample, certificate, &folder, out)?;
    folder.finish(seed)?;
    say(out, "")?;
    say(
        out,
        format_args!(
            "Xong trong {:.1} s, số khởi đầu {seed}. Mở {} hoặc chạy:",
            began.elapsed().as_secs_f64(),
            folder.shown("index.html")
        ),
    )?;
    say(out, format_args!("  khaosat serve --database {}", shown_database(&database)))?;
    say(out, format_args!("  rồi mở http://127.0.0.1:8080/rounds/{ROUND_CODE}"))
}

/// The URL without a password.
fn shown_database(database: &str) -> String {
    DatabaseUrl::parse(database).map_or_else(|_| String::new(), |url| url.to_string())
}

fn step(out: &mut dyn Write, number: u8, line: std::fmt::Arguments<'_>) -> Result<(), Problems> {
    say(out, format_args!("[{number}/8] {line}"))?;
    out.flush().map_err(|error| {
        Problem::new("output", "không ghi được kết quả", "the output cannot be written").got(error.to_string()).into()
    })
}

fn random_seed() -> Result<u64, Problems> {
    SysRng.try_next_u64().map_err(|error| {
        Problem::new("demo_seed", "máy không cho số ngẫu nhiên", "this machine gives no random number")
            .got(error.to_string())
            .hint("thêm --seed SỐ", "add --seed NUMBER")
            .into()
    })
}

fn read_frame(out: &mut dyn Write) -> Result<(SamplingFrame, SampleDesign), Problems> {
    let preset = sampling::presets().iter().find(|preset| preset.name == DESIGN);
    let text = preset.map(|preset| preset.text).unwrap_or_default();
    let design = SampleDesign::from_toml(text)?;
    let frame = SamplingFrame::read(FRAME.as_bytes(), &design)?;
    // Levels by the words of the design: column names are English.
    let words =
        |name: &str| design.levels().iter().find(|level| level.name == name).map(|level| level.words.vi.clone());
    let counts: Vec<String> = frame
        .counts()
        .iter()
        .map(|(level, n)| format!("{n} {}", words(level).unwrap_or_else(|| (*level).to_owned())))
        .collect();
    step(out, 1, format_args!("khung mẫu Bắc Giang: {} (số hộ của xã, thôn là minh hoạ)", counts.join(", ")))?;
    Ok((frame, design))
}

fn draw_sample(
    frame: &SamplingFrame,
    design: &SampleDesign,
    seed: u64,
    out: &mut dyn Write,
) -> Result<Sample, Problems> {
    let sample = draw(frame, design, seed)?;
    let (main, reserve) =
        (sample.units_of(sampling::Role::Main).count(), sample.units_of(sampling::Role::Reserve).count());
    step(
        out,
        2,
        format_args!("rút mẫu {DESIGN}: {main} hộ chính thức, {reserve} hộ dự phòng ở {} thôn", sample.groups().len()),
    )?;
    Ok(sample)
}

fn write_sample(
    folder: &Folder,
    design: &SampleDesign,
    sample: &Sample,
    out: &mut dyn Write,
) -> Result<String, Problems> {
    let list = sample.to_csv();
    let certificate = Certificate::of(sample, design, list.as_bytes()).to_json()?;
    folder.write("frame.csv", FRAME.as_bytes())?;
    folder.write("sample/sample.csv", list.as_bytes())?;
    folder.write("sample/sample.csv.certificate.json", certificate.as_bytes())?;
    folder.write("sample/sample.xlsx", &to_xlsx(sample)?)?;
    step(
        out,
        3,
        format_args!(
            "danh sách mẫu: {} và .xlsx (mỗi thôn một trang), kèm chứng thư",
            folder.shown("sample/sample.csv")
        ),
    )?;
    Ok(certificate)
}

impl Instruments {
    fn of_this_program() -> Result<Self, Problems> {
        let mut all = Self { questionnaires: Vec::new(), definitions: Vec::new(), levels: Vec::new() };
        for name in QUESTIONNAIRES {
            let Some(sheets) = builtin(name) else { continue };
            all.questionnaires.push(sheets.questionnaire()?);
            all.definitions.push(reports::index::preset(name)?);
            all.levels.push(levels_of(name)?);
        }
        Ok(all)
    }

    fn simulate(
        &self,
        frame: &SamplingFrame,
        design: &SampleDesign,
        sample: &Sample,
        seed: u64,
    ) -> Result<SimulatedRound, Problems> {
        let instruments: Vec<Instrument<'_>> = self
            .questionnaires
            .iter()
            .zip(&self.definitions)
            .zip(&self.levels)
            .map(|((questionnaire, definition), levels)| Instrument { questionnaire, definition, levels })
            .collect();
        simulate(frame, design, sample, &instruments, EffectSizes::default(), seed)
    }
}

/// A new database with the round in it, served on a free port; and the tokens of its people.
fn start(database: &str, keys: &KeySource, sample: &Sample, certificate: String) -> Result<(Server, Tokens), Problems> {
    let app = open(database, keys)?;
    refuse_used(&app)?;
    let files = Rooms::of_this_program().builtin_questionnaire;
    let questionnaires = QUESTIONNAIRES.iter().filter_map(|name| files.and_then(|files| files(name))).collect();
    let round = NewRound {
        code: ROUND_CODE.to_owned(),
        name: ROUND_NAME.to_owned(),
        list_csv: sample.to_csv().into_bytes(),
        certificate: Some(certificate),
        questionnaires,
        geography_day: None,
    };
    create(&app.store, &round)?;
    let tokens = interviews::tokens(&app.store, ROUND_CODE)?;
    app.store
        .write(ACTOR, |tx| tx.set_round_visibility(ROUND_CODE, Visibility::Public))
        .map_err(|error| from_store(&error))?;
    let cannot = |error: std::io::Error| {
        Problem::new(
            "demo_service",
            "không mở được dịch vụ trên máy này",
            "the service cannot be started on this machine",
        )
        .got(error.to_string())
    };
    let listener = TcpListener::bind("127.0.0.1:0").map_err(cannot)?;
    Ok((serve(app, listener, StopOn::Call).map_err(cannot)?, tokens))
}

/// A database that holds rounds is somebody's work.
fn refuse_used(app: &App) -> Result<(), Problems> {
    if !app.store.read(|snapshot| snapshot.list_rounds()).map_err(|error| from_store(&error))?.is_empty() {
        return Err(Problem::new(
            "demo_database_used",
            "cơ sở dữ liệu đã có đợt khảo sát",
            "the database holds survey rounds already",
        )
        .hint("dùng một cơ sở dữ liệu trống", "use an empty database")
        .into());
    }
    Ok(())
}

fn open(database: &str, keys: &KeySource) -> Result<App, Problems> {
    let url = DatabaseUrl::parse(database).map_err(|error| from_store(&error))?;
    let clock = Timestamp::parse(ARRIVAL)
        .map(StandingClock)
        .ok_or_else(|| Problem::new("demo_clock", "sai giờ mô phỏng", "bad simulated time"))?;
    let config = Config { keys: keys.clone(), ..Config::new(url) };
    App::open(config, Arc::new(clock), Rooms::of_this_program()).map_err(|error| from_store(&error))
}

/// Fieldwork is over: figures lose their "provisional" mark.
fn close_round(database: &str, keys: &KeySource) -> Result<(), Problems> {
    open(database, keys)?
        .store
        .write(ACTOR, |tx| tx.set_round_state(ROUND_CODE, RoundState::Closed))
        .map_err(|error| from_store(&error))
}

fn fetch_results(
    client: &Client,
    folder: &Folder,
    instruments: &Instruments,
    out: &mut dyn Write,
) -> Result<(), Problems> {
    for definition in &instruments.definitions {
        let code = definition.code();
        for format in ["csv", "json"] {
            let bytes = client.get(&format!("/api/v1/rounds/{ROUND_CODE}/scores.{format}?index={code}"))?;
            folder.write(&format!("scores/{code}.{format}"), &bytes)?;
        }
    }
    step(out, 5, format_args!("điểm số có khoảng tin cậy 95 %: {}", folder.shown("scores")))?;
    for figure in FIGURES {
        for format in FORMATS {
            let bytes = client.get(&format!("/api/v1/rounds/{ROUND_CODE}/charts/{figure}.{format}?lang=vi"))?;
            folder.write(&format!("figures/{figure}.{format}"), &bytes)?;
        }
    }
    step(
        out,
        6,
        format_args!("biểu đồ P1, P2, P3, S1, F1, F2, F3, M1 (SVG, PNG, PDF, CSV, JSON): {}", folder.shown("figures")),
    )
}

/// Progress, funnel, weights and scorecard of the closed round.
fn write_field_figures(app: &App, folder: &Folder) -> Result<(), Problems> {
    let cannot = |error: ResultsError| match error {
        ResultsError::Store(error) => from_store(&error),
        ResultsError::Data(problems) => problems,
    };
    let Some(results) = app.results.of_round(&app.store, ROUND_CODE).map_err(cannot)? else { return Ok(()) };
    for spec in results.field_charts(Language::Vi)?.into_iter().chain(results.scorecard(Language::Vi)?) {
        for format in ChartFormat::ALL {
            let name = format!("figures/{}.{}", spec.figure.code(), format.extension());
            folder.write(&name, &rendered(&spec, format)?)?;
        }
    }
    Ok(())
}
