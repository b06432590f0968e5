//! The problems of a questionnaire and of its answers, in words: one page for everything that people are told here.

mod kinds;

use problem::Problem;

use super::expression::ExpressionError;
pub(super) use kinds::{
    clock_as_number, default_invalid, group_too_deep, list_file, list_file_missing, not_a_repeat, not_a_select,
    parameter_invalid, parameter_unknown, position_outside, reference_repeated, table_column_unknown, table_unknown,
    trigger_invalid, trigger_not_asked, trigger_without_calculation,
};

pub(super) fn sheet_missing(sheet: &str) -> Problem {
    Problem::new("questionnaire_sheet_missing", format!("thiếu trang {sheet}"), format!("the sheet {sheet} is missing"))
        .expected("survey, choices, settings")
}

pub(super) fn sheet_unreadable(reason: &str) -> Problem {
    Problem::new("questionnaire_unreadable", "không đọc được tệp", "the file cannot be read").got(reason)
}

pub(super) fn too_large(limit: &str) -> Problem {
    Problem::new("questionnaire_too_large", "bảng hỏi quá lớn", "the questionnaire is too large").expected(limit)
}

pub(super) fn quote_open() -> Problem {
    Problem::new(
        "questionnaire_quote_open",
        "dấu nháy kép mở mà không đóng",
        "a double quote is opened and never closed",
    )
}

pub(super) fn column_missing(column: &str) -> Problem {
    Problem::new(
        "questionnaire_column_missing",
        format!("thiếu cột {column}"),
        format!("the column {column} is missing"),
    )
}

pub(super) fn column_unknown(column: &str) -> Problem {
    Problem::new(
        "questionnaire_column_unknown",
        format!("không có loại cột “{column}”"),
        format!("there is no column “{column}”"),
    )
    .hint(
        "sửa tên cột, hoặc đặt dấu # trước tên nếu đó là ghi chú",
        "mend the name, or put # before it when it is a remark",
    )
}

pub(super) fn column_duplicate(column: &str) -> Problem {
    Problem::new(
        "questionnaire_column_duplicate",
        format!("cột {column} có hai lần"),
        format!("the column {column} appears twice"),
    )
}

pub(super) fn cell_outside() -> Problem {
    Problem::new(
        "questionnaire_cell_outside",
        "có nội dung ngoài các cột có tên",
        "there is content outside the named columns",
    )
    .hint("kiểm tra dấu phẩy và dấu nháy kép của dòng này", "check the commas and double quotes of this row")
}

pub(super) fn not_yet(what: &str) -> Problem {
    Problem::new("questionnaire_not_supported", format!("chưa hỗ trợ {what}"), format!("{what} is not supported yet"))
}

pub(super) fn type_unknown(kind: &str) -> Problem {
    Problem::new(
        "questionnaire_type_unknown",
        format!("không có loại câu hỏi “{kind}”"),
        format!("there is no question type “{kind}”"),
    )
    .expected(
        "note, text, integer, decimal, range, date, time, dateTime, select_one LIST, select_multiple LIST, rank LIST, \
         select_one_from_file FILE.csv, select_multiple_from_file FILE.csv, calculate, hidden, acknowledge, geopoint, geotrace, \
         geoshape, image, audio, video, file, barcode, start, end, today, deviceid, username, phonenumber, email, audit, \
         begin_group, end_group, begin_repeat, end_repeat",
    )
}

pub(super) fn list_not_named(kind: &str) -> Problem {
    Problem::new(
        "questionnaire_list_not_named",
        format!("{kind} phải có tên danh sách lựa chọn"),
        format!("{kind} needs the name of a choice list"),
    )
    .expected(format!("{kind} LIST"))
}

pub(super) fn list_unknown(list: &str) -> Problem {
    Problem::new(
        "questionnaire_list_unknown",
        format!("không có danh sách lựa chọn {list} trong trang choices"),
        format!("there is no choice list {list} in the sheet choices"),
    )
}

pub(super) fn cell_missing(column: &str) -> Problem {
    Problem::new("questionnaire_cell_missing", format!("thiếu {column}"), format!("{column} is missing"))
}

pub(super) fn name_invalid(name: &str) -> Problem {
    Problem::new(
        "questionnaire_name_invalid",
        format!("tên “{name}” không hợp lệ"),
        format!("the name “{name}” is not valid"),
    )
    .hint(
        "bắt đầu bằng chữ cái không dấu hoặc _, sau đó chỉ dùng chữ không dấu, số, _, - và dấu chấm",
        "begin with a plain letter or _, then use only plain letters, digits, _, - and dots",
    )
}

pub(super) fn choice_name_invalid(name: &str) -> Problem {
    Problem::new(
        "questionnaire_choice_name_invalid",
        format!("mã lựa chọn “{name}” không được có dấu cách"),
        format!("the choice code “{name}” may not hold blanks"),
    )
}

pub(super) fn name_duplicate(name: &str, first_row: Option<usize>) -> Problem {
    let (vi, en) = match first_row {
        Some(row) => (format!(", đã dùng ở dòng {row}"), format!(", already used in row {row}")),
        None => (String::new(), String::new()),
    };
    Problem::new(
        "questionnaire_name_duplicate",
        format!("tên {name} bị trùng{vi}"),
        format!("the name {name} is doubled{en}"),
    )
}

pub(super) fn group_unclosed(name: &str, repeats: bool) -> Problem {
    let end = if repeats { "end_repeat" } else { "end_group" };
    Problem::new(
        "questionnaire_group_unclosed",
        format!("nhóm {name} mở mà không đóng"),
        format!("the group {name} is opened and never closed"),
    )
    .hint(format!("thêm dòng {end}"), format!("add a row {end}"))
}

pub(super) fn group_unopened() -> Problem {
    Problem::new(
        "questionnaire_group_unopened",
        "end_group hoặc end_repeat mà không có nhóm nào đang mở",
        "end_group or end_repeat without an open group",
    )
}

pub(super) fn group_crossed(name: &str, row: Option<usize>) -> Problem {
    let row = row.map(|row| row.to_string()).unwrap_or_default();
    Problem::new(
        "questionnaire_group_crossed",
        format!("dòng kết thúc đóng nhầm nhóm: nhóm đang mở là {name} (dòng {row})"),
        format!("this end closes another group than the open one, {name} (row {row})"),
    )
}

pub(super) fn group_empty(name: &str) -> Problem {
    Problem::new(
        "questionnaire_group_empty",
        format!("nhóm {name} không có câu nào"),
        format!("the group {name} is empty"),
    )
}

pub(super) fn label_missing(name: &str) -> Problem {
    Problem::new(
        "questionnaire_label_missing",
        format!("{name} chưa có lời hỏi (label)"),
        format!("{name} has no label"),
    )
}

pub(super) fn translation_missing(name: &str, language: &str) -> Problem {
    Problem::new(
        "questionnaire_translation_missing",
        format!("{name} thiếu bản dịch tiếng “{language}”"),
        format!("{name} has no text in the language “{language}”"),
    )
}

pub(super) fn language_unknown(language: &str, languages: &str) -> Problem {
    Problem::new(
        "questionnaire_language_unknown",
        format!("không có cột nào bằng ngôn ngữ “{language}”"),
        format!("no column is in the language “{language}”"),
    )
    .expected(languages)
}

pub(super) fn expression_invalid(error: &ExpressionError) -> Problem {
    let words = error.fault.words();
    Problem::new(
        "questionnaire_expression_invalid",
        format!("biểu thức sai ở ký tự thứ {}: {}", error.position, words.vi),
        format!("the expression is wrong at character {}: {}", error.position, words.en),
    )
}

pub(super) fn formula_misplaced(column: &str, kind: &str) -> Problem {
    Problem::new(
        "questionnaire_formula_misplaced",
        format!("câu loại {kind} không dùng cột {column}"),
        format!("a {kind} does not take {column}"),
    )
}

pub(super) fn this_misplaced(column: &str) -> Problem {
    Problem::new(
        "questionnaire_this_misplaced",
        format!("dấu chấm (giá trị đang kiểm tra) chỉ dùng trong constraint, không dùng trong {column}"),
        format!("the dot (the answer being checked) belongs in constraint only, not in {column}"),
    )
}

pub(super) fn bare_name(name: &str) -> Problem {
    Problem::new(
        "questionnaire_bare_name",
        format!("{name} không phải là cột của danh sách lựa chọn"),
        format!("{name} is not a column of the choice list"),
    )
    .hint(
        format!("nếu là câu hỏi hãy viết ${{{name}}}; nếu là chữ hãy viết '{name}'"),
        format!("write ${{{name}}} for a question, '{name}' for a text"),
    )
}

pub(super) fn reference_unknown(name: &str, near: Option<&str>) -> Problem {
    let problem = Problem::new(
        "questionnaire_reference_unknown",
        format!("không có câu hỏi {name}"),
        format!("there is no question {name}"),
    );
    match near {
        Some(near) => problem.hint(format!("có phải là {near}?"), format!("perhaps {near}?")),
        None => problem,
    }
}

pub(super) fn reference_later(name: &str) -> Problem {
    Problem::new(
        "questionnaire_reference_later",
        format!("câu hỏi {name} đứng sau nên chưa có câu trả lời"),
        format!("the question {name} comes later and has no answer yet"),
    )
}

pub(super) fn reference_self(name: &str) -> Problem {
    Problem::new(
        "questionnaire_reference_self",
        format!("{name} phụ thuộc vào chính nó"),
        format!("{name} depends on itself"),
    )
}

pub(super) fn reference_without_answer(name: &str) -> Problem {
    Problem::new(
        "questionnaire_reference_without_answer",
        format!("{name} là nhóm hoặc lời dẫn, không có câu trả lời"),
        format!("{name} is a group or a note and has no answer"),
    )
}

pub(super) fn cycle(path: &str) -> Problem {
    Problem::new(
        "questionnaire_cycle",
        format!("các công thức phụ thuộc vòng tròn: {path}"),
        format!("the formulas depend on each other in a circle: {path}"),
    )
}

pub(super) fn choice_unknown(question: &str, code: &str, codes: &str) -> Problem {
    Problem::new(
        "questionnaire_choice_unknown",
        format!("câu {question} không có lựa chọn “{code}”"),
        format!("the question {question} has no choice “{code}”"),
    )
    .expected(codes)
}

pub(super) fn date_as_text(text: &str) -> Problem {
    Problem::new(
        "questionnaire_date_as_text",
        format!("không so sánh ngày với chữ '{text}' bằng <, <=, >, >= được"),
        format!("a day cannot be compared with the text '{text}' by <, <=, >, >="),
    )
    .hint(format!("viết date('{text}')"), format!("write date('{text}')"))
}

pub(super) fn code_without_quotes() -> Problem {
    Problem::new(
        "questionnaire_code_without_quotes",
        "mã lựa chọn trong selected() phải đặt trong dấu nháy, ODK Collect không nhận số",
        "the code in selected() needs quotes, ODK Collect does not take a number",
    )
    .expected("selected(${q}, '1')")
}

pub(super) fn consent_missing() -> Problem {
    Problem::new(
        "questionnaire_consent_missing",
        "thiếu câu hỏi xin đồng ý (consent)",
        "the question that asks for consent is missing",
    )
    .expected("consent, select_one, required")
    .hint(
        "thêm câu select_one tên consent trước câu hỏi đầu tiên",
        "add a select_one named consent before the first question",
    )
}

pub(super) fn before_consent(name: &str) -> Problem {
    Problem::new(
        "questionnaire_before_consent",
        format!("câu {name} được hỏi trước khi xin đồng ý"),
        format!("the question {name} is asked before consent"),
    )
}

pub(super) fn questions_missing() -> Problem {
    Problem::new(
        "questionnaire_questions_missing",
        "bảng hỏi không có câu hỏi nào",
        "the questionnaire has no questions",
    )
}
