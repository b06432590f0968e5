//! What people hand in as files, and what phones send as files.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use ::problem::Problems;
use estimation::request::Request;
use reports::chart::build::{Look, outlines};
use reports::chart::{Figure, from_json, svg};
use reports::index::IndexDefinition;
use sampling::{Certificate, Commitment, FrameReading, Preset, Sample, SampleDesign};

use super::{parts, text};
use crate::cli::frame_file;
use crate::fieldwork::{case_list, sample_list};
use crate::imports::{Mapping, Table, interviews};
use crate::openrosa::form::xform;
use crate::openrosa::submission::Submission;
use crate::plan::official::OfficialResults;
use crate::quality::{device_log, paper};
use crate::questionnaire::expression::{Context, Value, parse};
use crate::questionnaire::{Questionnaire, Sheets, xlsform};

/// A workbook of a form; what is taken must become a form and a workbook again.
pub(super) fn workbook(bytes: &[u8]) -> bool {
    Sheets::from_xlsx(bytes).and_then(|sheets| formed(&sheets)).is_ok()
}

/// The three sheets of a form as text.
pub(super) fn sheets(bytes: &[u8]) -> bool {
    let [survey, choices, settings] = parts(bytes).map(text);
    let (Some(survey), Some(choices), Some(settings)) = (survey, choices, settings) else { return false };
    Sheets::from_csv(survey, choices, settings).and_then(|sheets| formed(&sheets)).is_ok()
}

fn formed(sheets: &Sheets) -> Result<(), Problems> {
    let questionnaire = xlsform::read(sheets)?;
    let _form_or_problem = xform(&questionnaire, "");
    let _sheets_or_problems = xlsform::to_sheets(&questionnaire);
    Ok(())
}

/// An expression and what all questions are answered with.
pub(super) fn expression(bytes: &[u8]) -> bool {
    struct Same<'a>(&'a str);
    impl Context for Same<'_> {
        fn question(&self, _: &str) -> Value {
            Value::Text(self.0.to_owned())
        }
        fn this(&self) -> Value {
            Value::Text(self.0.to_owned())
        }
    }
    let [written, answer] = parts(bytes).map(text);
    let (Some(written), Some(answer)) = (written, answer) else { return false };
    let Ok(expression) = parse(written) else { return false };
    let _any_value = expression.evaluate(&Same(answer)).to_text();
    true
}

/// A submission of ODK Collect.
pub(super) fn submission(bytes: &[u8]) -> bool {
    Submission::read(bytes).is_ok()
}

/// How a frame is read, and the frame: CSV or a workbook, for a design of three levels.
pub(super) fn frame(bytes: &[u8]) -> bool {
    let [reading, table] = parts(bytes);
    let reading = text(reading).and_then(|text| FrameReading::from_toml(text).ok());
    let design = Preset::of_name("papi-3x2x2x20").and_then(|preset| preset.design().ok());
    let (Some(reading), Some(design)) = (reading, design) else { return false };
    frame_file::open(table, &reading)
        .and_then(|file| frame_file::read_opened(&file, table.len(), &design, &reading))
        .is_ok()
}

/// A mapping, and interviews of a questionnaire of the house.
pub(super) fn import(bytes: &[u8]) -> bool {
    let [mapping, table] = parts(bytes);
    let Some(mapping) = text(mapping).and_then(|text| Mapping::from_toml(text).ok()) else { return false };
    let name = if table.starts_with(b"PK") { "table.xlsx" } else { "table.csv" };
    let (Ok(table), Some(asked)) = (Table::read(name, table, mapping.file.sheet.as_deref()), asked()) else {
        return false;
    };
    let repeats: BTreeMap<String, Table> = mapping.repeats.keys().map(|name| (name.clone(), table.clone())).collect();
    interviews("round", asked, "", &mapping, &table, &repeats).is_ok()
}

/// The questionnaire that answers are held against: most kinds of questions, routing, a rule, a repeat in a repeat.
const SURVEY: &str = "\
type,name,label,required,relevant,constraint,calculation\n\
select_one yes_no,consent,Đồng ý?,yes,,,\n\
begin_group,about,Về ông/bà,,,,\n\
integer,age,Tuổi,yes,,. >= 18 and . < 120,\n\
select_one sex,sex,Giới tính,,,,\n\
select_multiple services,used,Dịch vụ,,${age} > 20,,\n\
rank services,order,Xếp hạng,,,,\n\
decimal,income,Thu nhập,,,,\n\
calculate,half,,,,,${income} div 2\n\
date,built,Ngày,,,,\n\
geopoint,place,Vị trí,,,,\n\
end_group,,,,,,\n\
begin_repeat,member,Thành viên,,,,\n\
text,nickname,Tên,,,\"regex(., '[A-Za-z]{1,20}')\",\n\
begin_repeat,job,Việc,,,,\n\
text,title,Việc gì,,,,\n\
end_repeat,,,,,,\n\
end_repeat,,,,,,\n\
calculate,members,,,,,count(${nickname})\n\
text,remark,Ghi chú,,,,\n";
const CHOICES: &str = "\
list_name,name,label\nyes_no,1,Có\nyes_no,0,Không\nsex,male,Nam\nsex,female,Nữ\n\
services,id,Căn cước\nservices,land,Đất\nservices,tax,Thuế\n";
const SETTINGS: &str = "form_title,form_id,version,default_language\nThử,trial,1,vi\n";

/// The questionnaire that answers are held against.
pub(crate) fn asked() -> Option<&'static Questionnaire> {
    static ASKED: OnceLock<Option<Questionnaire>> = OnceLock::new();
    let read = || xlsform::read(&Sheets::from_csv(SURVEY, CHOICES, SETTINGS).ok()?).ok();
    ASKED.get_or_init(read).as_ref()
}

/// A sample design.
pub(super) fn design(bytes: &[u8]) -> bool {
    text(bytes).is_some_and(|text| SampleDesign::from_toml(text).is_ok())
}

/// A list, a certificate or a commitment of a draw: whichever it is.
pub(super) fn list(bytes: &[u8]) -> bool {
    let is_list = Sample::from_csv(bytes).is_ok() | case_list::read(bytes).is_ok();
    let is_proof = Certificate::from_json(bytes).is_ok() | Commitment::from_json(bytes).is_ok();
    is_list || is_proof || (bytes.starts_with(b"PK") && sample_list::design_sha256_of_xlsx(bytes).is_ok())
}

/// The definition of an index.
pub(super) fn index(bytes: &[u8]) -> bool {
    text(bytes).is_some_and(|text| IndexDefinition::from_toml(text).is_ok())
}

/// A table of published results.
pub(super) fn plan(bytes: &[u8]) -> bool {
    static SHIPPED: OnceLock<Option<OfficialResults>> = OnceLock::new();
    let shipped = SHIPPED.get_or_init(|| OfficialResults::shipped().ok());
    let (Some(text), Some(official)) = (text(bytes), shipped) else { return false };
    official.with_table(text).is_ok()
}

/// The code of a figure and its data; the drawing, too.
pub(super) fn chart(bytes: &[u8]) -> bool {
    let [code, data] = parts(bytes);
    if code == b"outlines" {
        return text(data).is_some_and(|text| outlines(text, "name").is_ok());
    }
    let Some(figure) = text(code).and_then(Figure::from_code) else { return false };
    let Ok(spec) = from_json(figure, data, None, Look::default()) else { return false };
    let _drawn_or_problem = svg(&spec);
    true
}

/// What a phone logged of an interview, and a table that was typed twice.
pub(super) fn device_log(bytes: &[u8]) -> bool {
    let typed = paper::Entries::from_csv(bytes, "case_id").is_ok() | paper::resolutions_from_csv(bytes).is_ok();
    let logged = serde_json::from_slice::<device_log::FieldLog>(bytes).ok().and_then(|log| log.0);
    typed | device_log::from_audit_csv(bytes).is_some() | logged.is_some()
}

/// A request for estimates and the data: an answer without a number that is none, the same whole and in parts.
pub(super) fn estimate(bytes: &[u8]) -> bool {
    let [request, data] = parts(bytes);
    let Ok(table) = estimation::read::csv(data, "data.csv") else { return false };
    let Some(request) = text(request).and_then(|text| Request::parse(text).ok()) else { return false };
    let answered = request.run(&table);
    if request.can_stream()
        && let Ok(mut stream) = request.stream()
        && stream.add(&table).is_ok()
    {
        let _answer_or_problems = stream.finish();
    }
    answered.is_ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_questionnaire_behind_the_doors_has_no_problems() {
        assert!(super::asked().is_some());
    }
}
