//! The figures of the catalogue.

use problem::Words;
use serde::{Deserialize, Serialize};

macro_rules! figures {
    ($($(#[$doc:meta])* $name:ident, $code:literal, $part:literal, $vi:literal, $en:literal;)*) => {
        /// A figure of the catalogue. New figures are added here; most of them reuse a [`Plot`](super::Plot) that exists.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum Figure {
            $($(#[$doc])* $name,)*
        }

        impl Figure {
            /// Every figure, in the order of the catalogue.
            pub const ALL: [Self; [$(Self::$name),*].len()] = [$(Self::$name),*];

            /// Short name for addresses and commands: `p1`.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Part of the file name that says which figure it is: `p1-truc-noi-dung`.
            #[must_use]
            pub fn file_part(self) -> &'static str {
                match self { $(Self::$name => $part,)* }
            }

            /// What it shows, in a line of a list.
            #[must_use]
            pub fn words(self) -> Words {
                match self { $(Self::$name => Words::new($vi, $en),)* }
            }
        }
    };
}

figures! {
    /// PAPI: dimension scores, dot and interval.
    P1, "p1", "p1-truc-noi-dung", "Điểm các chỉ số nội dung, kèm khoảng tin cậy", "Dimension scores with intervals";
    /// PAPI: the star, companion of [`Figure::P1`].
    P2, "p2", "p2-hinh-sao", "Hình sao các chỉ số nội dung, đi kèm P1", "Star of the dimensions, companion of P1";
    /// PAPI: sub-dimensions of one dimension.
    P3, "p3", "p3-thanh-phan", "Nội dung thành phần của một chỉ số nội dung", "Sub-dimensions of one dimension";
    /// PAPI: the total through the years.
    P4, "p4", "p4-xu-huong", "Tổng điểm qua các năm", "The total through the years";
    /// PAPI: each dimension through the years.
    P5, "p5", "p5-xu-huong-truc", "Từng chỉ số nội dung qua các năm", "Each dimension through the years";
    /// Units compared with the whole.
    P6, "p6", "p6-don-vi", "So sánh giữa các đơn vị", "Units compared with the whole";
    /// Changes with the interval of the difference.
    P7, "p7", "p7-chenh-lech", "Thay đổi giữa hai kỳ, kèm khoảng tin cậy", "Changes with their intervals";
    /// Strengths and priorities of all sub-dimensions.
    P8, "p8", "p8-uu-tien", "Điểm mạnh và điểm cần ưu tiên", "Strengths and priorities";
    /// SIPAS: satisfaction by factor against the target.
    S1, "s1", "s1-yeu-to", "Mức độ hài lòng theo yếu tố, so với mục tiêu", "Satisfaction by factor against the target";
    /// SIPAS: distribution of answers by criterion.
    S2, "s2", "s2-likert", "Phân bố trả lời theo tiêu chí", "Distribution of answers by criterion";
    /// SIPAS: satisfaction by kind of service.
    S3, "s3", "s3-loai-dich-vu", "Mức độ hài lòng theo loại dịch vụ", "Satisfaction by kind of service";
    /// SIPAS: satisfaction by group of respondents.
    S4, "s4", "s4-nhom", "Mức độ hài lòng theo nhóm người trả lời", "Satisfaction by group of respondents";
    /// SIPAS: importance and satisfaction.
    S5, "s5", "s5-uu-tien", "Mức độ quan trọng và mức độ hài lòng", "Importance and satisfaction";
    /// SIPAS: what people expect.
    S6, "s6", "s6-mong-doi", "Người dân mong đợi gì", "What people expect";
    /// SIPAS: the index through the years.
    S7, "s7", "s7-xu-huong", "Chỉ số hài lòng qua các năm", "The index through the years";
    /// The plan: every target with its figure and verdict.
    R1, "r1", "r1-muc-tieu", "Các mục tiêu của kế hoạch và kết quả", "Targets of the plan and how they stand";
    /// The plan: every task with its reports, quarter by quarter.
    R2, "r2", "r2-nhiem-vu", "Các nhiệm vụ theo quý", "Tasks by quarter";
    /// The plan: reports by leading agency.
    R3, "r3", "r3-co-quan", "Báo cáo theo cơ quan chủ trì", "Reports by leading agency";
    /// Fieldwork: interviews by village.
    F1, "f1", "f1-tien-do", "Tiến độ theo thôn", "Progress by village";
    /// Fieldwork: from sample to valid interview.
    F2, "f2", "f2-pheu", "Kết quả tiếp cận", "From sample to valid interview";
    /// Distribution of weights.
    F3, "f3", "f3-trong-so", "Phân bố trọng số", "Distribution of weights";
    /// Sample against population, before and after weighting.
    F4, "f4", "f4-can-chinh", "Mẫu so với dân số, trước và sau gia quyền", "Sample against population";
    /// Length of interviews by enumerator.
    F5, "f5", "f5-thoi-luong", "Thời lượng phỏng vấn theo điều tra viên", "Length of interviews by enumerator";
    /// Interviews by day.
    F6, "f6", "f6-theo-ngay", "Số phiếu nhận theo ngày", "Interviews by day";
    /// Areas in classes: map or tiles.
    G1, "g1", "g1-ban-do", "Bản đồ hoặc ô lưới theo đơn vị", "Map or tiles by unit";
    /// One page for the one who decides.
    M1, "m1", "m1-mot-trang", "Tóm tắt một trang", "One-page scorecard";
}

impl Figure {
    /// The figure with this short name, in any case.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|figure| figure.code().eq_ignore_ascii_case(code))
    }
}
