//! The sample of a round, to be read and never changed here: design, certificate of the draw, expected precision, the list.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use sampling::respondent::RespondentRule;
use sampling::size::{PlannedEstimate, Quantity, expected_interval};
use serde::Deserialize;
use serde_json::Value;

use super::frame::{Frame, Room, Told};
use super::list::{Cell, List, ListQuery, ListView, number, text};
use super::{PageQuery, html};
use crate::analysis::round::planned_units;
use crate::app::App;
use crate::http::auth::{Caller, ReadableRound};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::in_store;
use crate::http::results::of_round;
use crate::results::CONFIDENCE_LEVEL;
use crate::store::{Case, CaseRole, StoreError};

/// The design effect that planning supposes until data say better.
const DEFF: f64 = 2.0;

/// What is supposed of the precision.
#[derive(Default, Deserialize)]
pub(in crate::http) struct DesignQuery {
    /// The design effect to plan with.
    deff: Option<String>,
}

struct AreaRow {
    area: String,
    main: usize,
    reserve: usize,
}

struct Precision {
    share: String,
    interval: String,
    half_width: String,
}

#[derive(Template)]
#[template(path = "design.html")]
struct DesignPage {
    frame: Frame,
    here: String,
    /// Label and value.
    design: Vec<(String, String)>,
    /// The text of the design.
    design_toml: Option<String>,
    certificate: Vec<(String, String)>,
    notes: Vec<String>,
    deff: String,
    precision_words: String,
    precision: Vec<Precision>,
    areas: Vec<AreaRow>,
    n_cases: usize,
    list: ListView,
    links: Vec<(String, String)>,
}

/// How the sample was drawn, and the list.
#[utoipa::path(get, path = "/rounds/{code}/design", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = ErrorReply)))]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    query: web::Query<PageQuery>,
    asked: web::Query<DesignQuery>,
    listed: web::Query<ListQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Design);
    let code = round.0.code.clone();
    let (stored, cases) = in_store(app.clone(), {
        let code = code.clone();
        move |store| {
            store.read(|snapshot| Ok::<_, StoreError>((snapshot.find_sample(&code)?, snapshot.list_cases(&code)?)))
        }
    })
    .await?;
    let list = case_list(&cases, &frame);
    if listed.wants_csv() {
        return list.download(&app, &caller, &listed, &code).await;
    }
    let results = of_round(app, &round).await?;
    let certificate: Option<Value> =
        stored.as_ref().and_then(|stored| serde_json::from_str(stored.certificate.as_deref()?).ok());
    let asked = asked.into_inner();
    let deff_text = asked.deff.unwrap_or_default().replace(',', ".");
    let deff = match deff_text.trim() {
        "" => Some(DEFF),
        text => text.parse::<f64>().ok().filter(|deff| *deff > 0.0 && *deff <= 100.0),
    };
    if deff.is_none() {
        let text = frame.say(
            "Hệ số thiết kế phải là một số lớn hơn 0, nhiều nhất 100.",
            "The design effect must be a number above 0, at most 100.",
        );
        frame.told = Some(Told { is_problem: true, text: text.to_owned() });
    }
    let deff = deff.unwrap_or(DEFF);
    let n_main = cases.iter().filter(|case| case.role == CaseRole::Main).count();
    let units = results.sample.as_ref().map(planned_units);
    let degrees_of_freedom = units.map(|(psus, strata)| psus.saturating_sub(strata));
    let areas = areas(&cases);
    let path = format!("/rounds/{code}/design");
    let page = DesignPage {
        here: format!("/rounds/{code}/design"),
        design: results.sample.as_ref().map(|sample| design_facts(sample, &frame)).unwrap_or_default(),
        design_toml: stored.as_ref().and_then(|stored| stored.design.clone()),
        certificate: certificate.as_ref().map(|one| certificate_facts(one, &frame)).unwrap_or_default(),
        notes: certificate.as_ref().map(|one| certificate_notes(one, &frame)).unwrap_or_default(),
        deff: frame.number(Some(deff), 1),
        precision_words: precision_words(n_main, units, &frame),
        precision: precision(n_main, deff, degrees_of_freedom, &frame),
        areas: areas.into_iter().map(|(area, (main, reserve))| AreaRow { area, main, reserve }).collect(),
        n_cases: cases.len(),
        list: list.view(&frame, &path, &listed, &[]),
        links: [
            ("sample.csv", frame.say("Danh sách mẫu (CSV)", "Sample list (CSV)")),
            ("sample.xlsx", frame.say("Danh sách theo thôn (XLSX)", "Lists by village (XLSX)")),
        ]
        .map(|(file, text)| (format!("/api/v1/rounds/{code}/{file}"), text.to_owned()))
        .into(),
        frame,
    };
    html(&page)
}

/// Name of an area, its main cases and reserves.
type AreaCounts = (String, (usize, usize));

/// All areas with their numbers of main cases and reserves, in the order of the list.
fn areas(cases: &[Case]) -> Vec<AreaCounts> {
    // Areas are few: each is looked at once.
    let mut areas: Vec<AreaCounts> = Vec::new();
    let mut number_of: BTreeMap<Vec<&str>, usize> = BTreeMap::new();
    for case in cases {
        let key: Vec<&str> = case.area_path.iter().map(|level| level.code.as_str()).collect();
        let at = *number_of.entry(key).or_insert_with(|| {
            areas.push((super::area_words(&case.area_path), (0, 0)));
            areas.len() - 1
        });
        match case.role {
            CaseRole::Main => areas[at].1.0 += 1,
            CaseRole::Reserve => areas[at].1.1 += 1,
        }
    }
    areas
}

fn case_list(cases: &[Case], frame: &Frame) -> List {
    let row = |case: &Case| {
        let role = match case.role {
            CaseRole::Main => frame.say("chính thức", "main"),
            CaseRole::Reserve => frame.say("dự phòng", "reserve"),
        };
        vec![
            Cell::text(case.case_id.clone()),
            Cell::text(super::area_words(&case.area_path)),
            Cell::text(role),
            Cell::number(Some(case.visiting_order as f64), case.visiting_order.to_string()),
            Cell::number(Some(case.inclusion_probability), frame.number(Some(case.inclusion_probability), 6)),
            Cell::number(Some(case.base_weight), frame.number(Some(case.base_weight), 1)),
        ]
    };
    List {
        id: "list",
        noun: frame.say("hộ", "cases").to_owned(),
        find: frame
            .say("Tìm hộ hoặc địa bàn (không cần dấu)", "Find a case or an area (without diacritics)")
            .to_owned(),
        caption: frame.say("Danh sách mẫu", "Sample list").to_owned(),
        columns: vec![
            text("case", frame.say("Hộ", "Case")),
            text("area", frame.say("Địa bàn", "Area")),
            text("role", frame.say("Loại", "Role")),
            number("order", frame.say("Thứ tự đến", "Visiting order")),
            number("probability", frame.say("Xác suất chọn", "Probability")),
            number("weight", frame.say("Trọng số gốc", "Base weight")),
        ],
        rows: cases.iter().map(row).collect(),
    }
}

fn design_facts(sample: &sampling::Sample, frame: &Frame) -> Vec<(String, String)> {
    let provenance = &sample.provenance;
    let levels: Vec<&str> = sample.levels.iter().map(|level| level_words(&level.name, frame)).collect();
    let stages: Vec<&str> = sample.stages.iter().map(|stage| level_words(stage, frame)).collect();
    let mut facts = vec![
        (frame.say("Thiết kế", "Design"), provenance.design.clone()),
        (frame.say("Các cấp", "Levels"), levels.join(" › ")),
        (frame.say("Các giai đoạn rút", "Stages of the draw"), stages.join(" › ")),
        (frame.say("Hộ chính thức", "Main households"), sample.units_of(sampling::Role::Main).count().to_string()),
        (frame.say("Hộ dự phòng", "Reserves"), sample.units_of(sampling::Role::Reserve).count().to_string()),
        (frame.say("Địa bàn", "Areas"), sample.groups().len().to_string()),
    ];
    if let Some(respondent) = &sample.respondent {
        facts.push((frame.say("Người trả lời", "Respondent"), respondent_words(respondent.rule, frame).to_owned()));
    }
    facts.into_iter().map(|(label, value)| (label.to_owned(), value)).collect()
}

/// The usual levels as people call them; others by their name in the design.
fn level_words<'a>(name: &'a str, frame: &Frame) -> &'a str {
    match name {
        "province" => frame.say("tỉnh", "province"),
        "district" => frame.say("huyện", "district"),
        "commune" => frame.say("xã, phường", "commune"),
        "village" => frame.say("thôn, tổ dân phố", "village"),
        "household" => frame.say("hộ", "household"),
        other => other,
    }
}

fn respondent_words(rule: RespondentRule, frame: &Frame) -> &'static str {
    match rule {
        RespondentRule::Roster => frame
            .say("chọn ngẫu nhiên một người trong danh sách của hộ", "one member of the household's list at random"),
        RespondentRule::Kish => frame.say("bảng Kish", "Kish's grid"),
        RespondentRule::NextBirthday => frame.say("người có sinh nhật kế tiếp", "whoever has the next birthday"),
        RespondentRule::LastBirthday => frame.say("người vừa có sinh nhật", "whoever had the last birthday"),
        RespondentRule::Household => {
            frame.say("hộ trả lời, không chọn người", "the household answers, nobody is chosen")
        }
    }
}

/// What an auditor needs to draw the sample again, as the certificate says it.
fn certificate_facts(certificate: &Value, frame: &Frame) -> Vec<(String, String)> {
    let text = |key: &str| match &certificate[key] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let methods: Vec<String> = certificate["methods"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|method| {
            let parts = ["stage", "method"].map(|key| method[key].as_str().unwrap_or_default());
            parts.join(": ")
        })
        .collect();
    [
        (frame.say("Số khởi đầu", "Seed"), text("seed")),
        (frame.say("Bộ sinh số", "Generator"), text("generator")),
        (frame.say("Phương pháp", "Methods"), methods.join("; ")),
        (frame.say("Khung mẫu (SHA-256)", "Frame (SHA-256)"), text("frame_sha256")),
        (frame.say("Thiết kế (SHA-256)", "Design (SHA-256)"), text("design_sha256")),
        (frame.say("Danh sách (SHA-256)", "List (SHA-256)"), text("list_sha256")),
        (frame.say("Phiên bản chương trình", "Program version"), text("program_version")),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(label, value)| (label.to_owned(), value))
    .collect()
}

fn certificate_notes(certificate: &Value, frame: &Frame) -> Vec<String> {
    let key = if frame.english { "en" } else { "vi" };
    let notes = certificate["notes"].as_array().into_iter().flatten();
    notes.filter_map(|note| note[key].as_str().map(str::to_owned)).collect()
}

fn precision_words(n_main: usize, units: Option<(usize, usize)>, frame: &Frame) -> String {
    let design = units.map_or_else(String::new, |(psus, strata)| {
        format!(
            ", {psus} PSU, {strata} {}, {} {}",
            frame.say("tầng", "strata"),
            psus.saturating_sub(strata),
            frame.say("bậc tự do", "degrees of freedom")
        )
    });
    format!("{n_main} {}{design}", frame.say("phỏng vấn", "interviews"))
}

/// The intervals that shares can be expected to get when every main case is interviewed.
fn precision(n_main: usize, deff: f64, degrees_of_freedom: Option<usize>, frame: &Frame) -> Vec<Precision> {
    let Some(df) = degrees_of_freedom.filter(|df| *df > 0 && n_main > 0) else { return Vec::new() };
    let expected = |p: f64| {
        expected_interval(&PlannedEstimate {
            quantity: Quantity::Proportion(p),
            n: n_main as f64,
            deff,
            degrees_of_freedom: u64::try_from(df).ok(),
            level: CONFIDENCE_LEVEL,
            population: None,
        })
        .ok()
    };
    let row = |p: f64| {
        let found = expected(p)?;
        let limits = found.logit?;
        let percent = |value: f64| frame.number(Some(100.0 * value), 1);
        Some(Precision {
            share: format!("{} %", frame.number(Some(100.0 * p), 0)),
            interval: format!("{}–{} %", percent(limits.lower), percent(limits.upper)),
            half_width: percent(found.half_width),
        })
    };
    [0.5, 0.7, 0.82, 0.9].into_iter().filter_map(row).collect()
}
