//! The data of a round for other programs: every format with its size and what it holds, the versions that went in, and who took
//! data along.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use reports::export::data::{DataFormat, DataSet};
use serde::Deserialize;

use super::super::frame::{Frame, Room};
use super::super::{PageQuery, html};
use super::{Elsewhere, Permanent, Place, base, data_file, design_in_r};
use crate::app::App;
use crate::export::{Wanted, known_size, size};
use crate::http::auth::{Caller, IDENTIFYING_ROLES, ReadableRound};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::in_store;
use crate::problem as catalogue;
use crate::results::ResultsError;
use crate::store::StoreError;

/// Up to so many cells the sizes of all files are found out without being asked for.
const CELLS_AT_ONCE: usize = 300_000;
/// So many exports are listed.
const EXPORTS_SHOWN: i64 = 20;

/// Whether sizes are wanted of large data too.
#[derive(Default, Deserialize)]
pub(in crate::http) struct Sizes {
    /// `yes`: make every file and see.
    sizes: Option<String>,
}

struct FormatRow {
    name: &'static str,
    holds: &'static str,
    href: String,
    size: Option<String>,
}

struct DataView {
    title: String,
    form_id: String,
    facts: Vec<(String, String)>,
    formats: Vec<FormatRow>,
    /// Links to other choices: all worked cases, labels, identifying columns.
    more: Vec<(String, String)>,
    notes: Vec<String>,
    asks_for_sizes: bool,
}

struct ExportRow {
    when: String,
    who: String,
    detail: String,
}

#[derive(Template)]
#[template(path = "data.html")]
struct DataPage {
    frame: Frame,
    here: String,
    data: Vec<DataView>,
    versions: Vec<(String, String, String, String)>,
    exports: Vec<ExportRow>,
    odata: String,
    elsewhere: Elsewhere,
}

/// The files of a round.
#[utoipa::path(get, path = "/rounds/{code}/data", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = ErrorReply)))]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    query: web::Query<PageQuery>,
    sizes: web::Query<Sizes>,
    permanent: web::Query<Permanent>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Data);
    let code = round.0.code.clone();
    let wants_sizes = sizes.sizes.as_deref() == Some("yes");
    let (shared, wanted) = (app.clone(), Wanted { in_english: frame.english, ..Wanted::default() });
    let all = web::block(move || {
        let all = shared.feeds.data_sets(&shared.store, &code, &wanted)?;
        let all = all.unwrap_or_default();
        for data in all.iter().filter(|data| wants_sizes || is_small(data)) {
            for format in DataFormat::ALL {
                // A format that cannot hold the data shows no size, and its link says why.
                let _ = size(data, format);
            }
        }
        Ok(all)
    })
    .await
    .map_err(|_cancelled| ApiError::new(catalogue::internal()))?;
    let all: Arc<Vec<DataSet>> = match all {
        Ok(all) => all,
        Err(ResultsError::Store(error)) => return Err(error.into()),
        Err(ResultsError::Data(problems)) => {
            tracing::error!(%problems, "what is kept of a round cannot be exported");
            return Err(ApiError::new(catalogue::internal()));
        }
    };
    let code = round.0.code.clone();
    let (heads, exports, people) = in_store(app.clone(), move |store| {
        store.read(|snapshot| {
            let exports = snapshot.list_exports(&code, EXPORTS_SHOWN)?;
            Ok::<_, StoreError>((snapshot.list_round_questionnaires(&code)?, exports, snapshot.list_accounts()?))
        })
    })
    .await?;
    let here = format!("/rounds/{}/data", round.0.code);
    let place = Place {
        frame: &frame,
        base: base(&app, &request),
        round: &round.0.code,
        page: here.clone(),
        seen: permanent.into_inner().input,
        may_export: true,
    };
    let input = all.iter().filter_map(|data| data.sha256().get(..8)).collect::<Vec<_>>().join("-");
    let form_id = all.first().map(|data| data.origin.form_id.clone()).unwrap_or_default();
    let export = format!("export?format=csv&questionnaire={form_id}");
    let mut elsewhere = Elsewhere::new(&place, &input, "", &export, None);
    if let Some(design) =
        design_in_r(all.first(), &data_file(&app, &round.0.code, &form_id)).filter(|_| !form_id.is_empty())
    {
        elsewhere = elsewhere.in_r(&place, &form_id, &design);
    }
    let may_identify = caller.holds(IDENTIFYING_ROLES, &round.0.code);
    let name_of = |id: &str| {
        people.iter().find(|account| account.id == id).map_or_else(|| id.to_owned(), |account| account.name.clone())
    };
    let page = DataPage {
        data: all.iter().map(|data| view(data, &frame, &round.0.code, may_identify)).collect(),
        versions: heads
            .into_iter()
            .map(|head| {
                (head.form_id, head.version, head.sha256.chars().take(12).collect(), frame.moment(&head.published_at))
            })
            .collect(),
        exports: exports
            .into_iter()
            .map(|event| ExportRow { when: frame.moment(&event.at), who: name_of(&event.actor), detail: event.detail })
            .collect(),
        odata: format!("{}/api/v1/rounds/{}/odata/", place.base, round.0.code),
        elsewhere,
        here,
        frame,
    };
    html(&page)
}

fn is_small(data: &DataSet) -> bool {
    data.n_rows().saturating_mul(data.variables().len()) <= CELLS_AT_ONCE
}

fn view(data: &DataSet, frame: &Frame, round: &str, may_identify: bool) -> DataView {
    let form_id = &data.origin.form_id;
    let link = |format: &str, more: &str| {
        frame.to(&format!("/api/v1/rounds/{round}/export?format={format}&questionnaire={form_id}{more}"))
    };
    let holds = |format: DataFormat| match format {
        DataFormat::Csv => {
            frame.say("ZIP: dữ liệu, bảng mã, mô tả nguồn gốc", "ZIP: data, codebook, where they come from")
        }
        DataFormat::Xlsx => frame.say("Excel: dữ liệu, bảng mã, danh mục trả lời", "Excel: data, codebook, choices"),
        DataFormat::Parquet => frame.say("cho R (arrow), Python, DuckDB", "for R (arrow), Python, DuckDB"),
        DataFormat::Stata => {
            frame.say("Stata 14 trở lên, nhãn và mã thiếu", "Stata 14 and later, labels and missing codes")
        }
        DataFormat::Spss => frame.say("SPSS, nhãn và mã thiếu", "SPSS, labels and missing codes"),
        DataFormat::Ddi => frame
            .say("chỉ mô tả (DDI Codebook 2.5), không có dữ liệu", "the description only (DDI Codebook 2.5), no rows"),
    };
    let formats = DataFormat::ALL.map(|format| FormatRow {
        name: match format {
            DataFormat::Csv => "CSV",
            DataFormat::Xlsx => "XLSX",
            DataFormat::Parquet => "Parquet",
            DataFormat::Stata => "Stata",
            DataFormat::Spss => "SPSS",
            DataFormat::Ddi => "DDI",
        },
        holds: holds(format),
        href: link(format.name(), ""),
        size: known_size(data, format).map(|bytes| bytes_words(bytes, frame)),
    });
    let mut more = vec![
        (frame.say("CSV mở bằng Excel", "CSV for Excel").to_owned(), link("csv", "&flavour=excel&words=labels")),
        (
            frame
                .say(
                    "CSV cả hộ không phỏng vấn được (để tính phương sai)",
                    "CSV with cases without an interview (for variances)",
                )
                .to_owned(),
            link("csv", "&rows=worked&blank=yes"),
        ),
    ];
    if may_identify {
        let words = frame.say(
            "CSV có cột nhận ra được cá nhân (được ghi nhật ký)",
            "CSV with columns that can tell a person (logged)",
        );
        more.push((words.to_owned(), link("csv", "&identifying=yes")));
    }
    let short = |hash: &str| hash.chars().take(12).collect::<String>();
    DataView {
        title: data.origin.form_title.clone(),
        form_id: form_id.clone(),
        facts: vec![
            (frame.say("Số dòng (phiếu)", "Rows (interviews)").to_owned(), data.n_rows().to_string()),
            (frame.say("Số biến", "Variables").to_owned(), data.variables().len().to_string()),
            (
                frame.say("Phiên bản bảng hỏi", "Questionnaire version").to_owned(),
                format!("{} ({})", data.origin.form_version, short(&data.origin.questionnaire_sha256)),
            ),
            (frame.say("Mã dữ liệu (SHA-256)", "Data (SHA-256)").to_owned(), short(data.sha256())),
            (frame.say("Mã danh sách mẫu", "Sample list").to_owned(), short(&data.origin.sample_sha256)),
        ],
        asks_for_sizes: formats.iter().all(|row| row.size.is_none()) && !is_small(data),
        formats: formats.into(),
        more,
        notes: data.origin.notes.iter().map(|note| frame.words(note)).collect(),
    }
}

fn bytes_words(bytes: usize, frame: &Frame) -> String {
    let kib = bytes as f64 / 1024.0;
    if kib < 1024.0 {
        format!("{} KB", frame.number(Some(kib.max(0.1)), 1))
    } else {
        format!("{} MB", frame.number(Some(kib / 1024.0), 1))
    }
}
