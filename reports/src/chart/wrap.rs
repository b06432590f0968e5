//! Breaking names into lines where a reader would break them.

use super::font::{Weight, width};

/// Two-syllable words of our field that must not be torn apart at the end of a line. Lower case.
const COMPOUNDS: [&str; 54] = [
    "bầu cử",
    "chính phủ",
    "chính quyền",
    "chưa đủ",
    "cung ứng",
    "cán bộ",
    "công bố",
    "công chức",
    "công khai",
    "công lập",
    "công việc",
    "cơ quan",
    "cơ sở",
    "cả nước",
    "dân chủ",
    "dịch vụ",
    "giải quyết",
    "giải trình",
    "hiển thị",
    "hài lòng",
    "hành chính",
    "khu vực",
    "khảo sát",
    "khẳng định",
    "kiến nghị",
    "kiểm soát",
    "kiểm tra",
    "kế hoạch",
    "kết luận",
    "kết quả",
    "minh bạch",
    "môi trường",
    "mục tiêu",
    "người dân",
    "nhiệm vụ",
    "phản ánh",
    "quyết định",
    "quản trị",
    "sử dụng",
    "tham gia",
    "tham nhũng",
    "thủ tướng",
    "thủ tục",
    "tin cậy",
    "tiếp cận",
    "tiếp nhận",
    "trách nhiệm",
    "tuyên truyền",
    "vật chất",
    "ý kiến",
    "điện tử",
    "địa bàn",
    "địa phương",
    "đối tượng",
];

fn is_compound(first: &str, second: &str) -> bool {
    let pair = format!("{first} {}", second.trim_end_matches(|letter: char| !letter.is_alphanumeric())).to_lowercase();
    COMPOUNDS.contains(&pair.as_str())
}

/// Pieces that stay together, separated by the spaces at which a line may end.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut previous: Option<&str> = None;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match (previous, pieces.last_mut()) {
            (Some(before), Some(piece)) if is_compound(before, word) => {
                piece.push(' ');
                piece.push_str(word);
            }
            _ => pieces.push(word.to_owned()),
        }
        previous = Some(word);
    }
    pieces
}

/// Breaks text at spaces into lines not wider than `limit`; a longer piece stays whole on its line, for the caller to refuse.
pub(crate) fn wrap(text: &str, size: f64, weight: Weight, limit: f64) -> Vec<String> {
    fill(&pieces(text), size, weight, limit)
}

fn fill(pieces: &[String], size: f64, weight: Weight, limit: f64) -> Vec<String> {
    let space = width(" ", size, weight);
    let mut lines: Vec<(String, f64)> = Vec::new();
    for piece in pieces {
        let wide = width(piece, size, weight);
        match lines.last_mut() {
            Some((line, used)) if *used + space + wide <= limit => {
                line.push(' ');
                line.push_str(piece);
                *used += space + wide;
            }
            _ => lines.push((piece.clone(), wide)),
        }
    }
    lines.into_iter().map(|(line, _)| line).collect()
}

/// As [`wrap`], with lines of about equal length: the narrowest block of the same number of lines.
pub(crate) fn wrap_balanced(text: &str, size: f64, weight: Weight, limit: f64) -> Vec<String> {
    let pieces = pieces(text);
    let best = fill(&pieces, size, weight, limit);
    if best.len() < 2 {
        return best;
    }
    let (mut low, mut high) = (limit / 2.0, limit);
    for _ in 0..7 {
        let middle = f64::midpoint(low, high);
        let lines = fill(&pieces, size, weight, middle);
        let fits = lines.len() == best.len() && lines.iter().all(|line| width(line, size, weight) <= middle);
        if fits { high = middle } else { low = middle }
    }
    fill(&pieces, size, weight, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "Công khai, minh bạch trong việc ra quyết định ở địa phương";

    #[test]
    fn wrapped_lines_keep_every_word_and_stay_within_the_limit() {
        for limit in [80.0, 120.0, 200.0, 400.0] {
            for lines in [wrap(NAME, 8.5, Weight::Regular, limit), wrap_balanced(NAME, 8.5, Weight::Regular, limit)] {
                assert_eq!(lines.join(" "), NAME);
                assert!(lines.iter().all(|line| width(line, 8.5, Weight::Regular) <= limit + 1e-9), "{lines:?}");
            }
        }
    }

    #[test]
    fn a_word_of_two_syllables_is_not_torn_apart() {
        let lines = wrap_balanced("Chưa đủ cơ sở khẳng định", 8.5, Weight::Regular, 66.0);
        assert_eq!(lines, ["Chưa đủ cơ sở", "khẳng định"]);
        assert_eq!(pieces("Công khai, minh bạch trong việc"), ["Công khai,", "minh bạch", "trong", "việc"]);
    }
}
