//! What is told of types, repeats, lists in files, parameters and triggers.

use problem::Problem;

pub(in crate::questionnaire) fn list_file(name: &str) -> Problem {
    Problem::new(
        "questionnaire_list_file",
        format!("tệp danh sách phải là .csv, không phải {name}"),
        format!("the file of a list must be a .csv, not {name}"),
    )
    .expected("select_one_from_file FILE.csv")
}

pub(in crate::questionnaire) fn list_file_missing(name: &str) -> Problem {
    Problem::new(
        "questionnaire_list_file_missing",
        format!("không có tệp {name} bên cạnh bảng hỏi"),
        format!("there is no file {name} beside the questionnaire"),
    )
    .hint(
        "đặt tệp CSV (cột name, label và các cột khác) vào cùng thư mục với bảng hỏi",
        "put the CSV file (columns name, label and others) into the folder of the questionnaire",
    )
}

pub(in crate::questionnaire) fn trigger_invalid() -> Problem {
    Problem::new(
        "questionnaire_trigger_invalid",
        "trigger phải là câu hỏi viết trong ${…}",
        "a trigger must be a question written in ${…}",
    )
    .expected("${a}, ${b}")
}

pub(in crate::questionnaire) fn trigger_without_calculation() -> Problem {
    Problem::new(
        "questionnaire_trigger_invalid",
        "trigger cần có calculation trên cùng dòng",
        "a trigger needs a calculation in the same row",
    )
}

pub(in crate::questionnaire) fn group_too_deep(name: &str, limit: usize) -> Problem {
    Problem::new(
        "questionnaire_group_too_deep",
        format!("nhóm {name} nằm trong quá nhiều nhóm lồng nhau"),
        format!("the group {name} stands in too many groups"),
    )
    .expected(format!("≤ {limit}"))
}

pub(in crate::questionnaire) fn reference_repeated(name: &str, repeat: &str) -> Problem {
    Problem::new(
        "questionnaire_reference_repeated",
        format!("{name} được hỏi nhiều lần (nhóm lặp {repeat}), nên ở đây chưa rõ là lượt nào"),
        format!("{name} is asked many times (repeat {repeat}), so it is not clear which turn is meant here"),
    )
    .hint(
        format!("dùng sum(${{{name}}}), count(${{{repeat}}}), join(', ', ${{{name}}}) hoặc indexed-repeat(${{{name}}}, ${{{repeat}}}, 1)"),
        format!("use sum(${{{name}}}), count(${{{repeat}}}), join(', ', ${{{name}}}) or indexed-repeat(${{{name}}}, ${{{repeat}}}, 1)"),
    )
}

pub(in crate::questionnaire) fn not_a_repeat(name: &str) -> Problem {
    Problem::new(
        "questionnaire_not_a_repeat",
        format!("{name} không phải nhóm lặp của câu hỏi này"),
        format!("{name} is not a repeat around that question"),
    )
}

pub(in crate::questionnaire) fn position_outside() -> Problem {
    Problem::new(
        "questionnaire_position_outside",
        "position(..) chỉ dùng trong nhóm lặp",
        "position(..) belongs inside a repeat",
    )
}

pub(in crate::questionnaire) fn not_a_select(name: &str) -> Problem {
    Problem::new(
        "questionnaire_not_a_select",
        format!("{name} không phải câu hỏi lựa chọn"),
        format!("{name} is not a select question"),
    )
}

pub(in crate::questionnaire) fn table_unknown(table: &str) -> Problem {
    Problem::new(
        "questionnaire_table_unknown",
        format!("không có bảng {table}.csv bên cạnh bảng hỏi"),
        format!("there is no table {table}.csv beside the questionnaire"),
    )
}

pub(in crate::questionnaire) fn table_column_unknown(table: &str, column: &str) -> Problem {
    Problem::new(
        "questionnaire_table_column_unknown",
        format!("bảng {table}.csv không có cột {column}"),
        format!("the table {table}.csv has no column {column}"),
    )
}

pub(in crate::questionnaire) fn clock_as_number(name: &str, function: &str) -> Problem {
    Problem::new(
        "questionnaire_clock_as_number",
        format!("ODK Collect chỉ so sánh và tính theo ngày, không theo giờ của {name}"),
        format!("ODK Collect compares and reckons by the day of {name} only, not by its time"),
    )
    .hint(format!("viết {function}(${{{name}}})"), format!("write {function}(${{{name}}})"))
}

pub(in crate::questionnaire) fn trigger_not_asked(name: &str) -> Problem {
    Problem::new(
        "questionnaire_trigger_invalid",
        format!("{name} không phải câu hỏi được trả lời, nên không kích hoạt được phép tính"),
        format!("{name} is not a question that is answered, so it cannot trigger a calculation"),
    )
}

pub(in crate::questionnaire) fn parameter_unknown(name: &str, known: &str) -> Problem {
    let problem = Problem::new(
        "questionnaire_parameter_unknown",
        format!("không có tham số “{name}” cho loại câu hỏi này"),
        format!("this type of question has no parameter “{name}”"),
    );
    if known.is_empty() { problem } else { problem.expected(known) }
}

pub(in crate::questionnaire) fn parameter_invalid(name: &str, value: &str) -> Problem {
    Problem::new(
        "questionnaire_parameter_invalid",
        format!("tham số {name} không nhận giá trị “{value}”"),
        format!("the parameter {name} does not take “{value}”"),
    )
}

pub(in crate::questionnaire) fn default_invalid(kind: &str, value: &str) -> Problem {
    Problem::new(
        "questionnaire_default_invalid",
        format!("câu loại {kind} không nhận giá trị mặc định “{value}”"),
        format!("a {kind} does not take the default “{value}”"),
    )
}
