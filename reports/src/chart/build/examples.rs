//! Examples for tests: published figures where they exist, otherwise said to be made up.

use super::*;
use crate::chart::{MatrixCell, PlanBasis, PlanState, ValueFormat};
use crate::verdict::TargetRule;

pub(crate) const FINGERPRINT: &str = "3f2a91bc5d7e4410";

pub(crate) fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day")
}

/// Official names of the eight PAPI dimensions.
pub(crate) const DIMENSIONS: [(&str, &str); 8] = [
    ("Tham gia của người dân ở cấp cơ sở", "Participation at Local Levels"),
    ("Công khai, minh bạch trong việc ra quyết định ở địa phương", "Transparency in Local Decision-making"),
    ("Trách nhiệm giải trình với người dân", "Vertical Accountability"),
    ("Kiểm soát tham nhũng trong khu vực công", "Control of Corruption in the Public Sector"),
    ("Thủ tục hành chính công", "Public Administrative Procedures"),
    ("Cung ứng dịch vụ công", "Public Service Delivery"),
    ("Quản trị môi trường", "Environmental Governance"),
    ("Quản trị điện tử", "E-Governance"),
];

/// Bắc Giang 2019, published scores and standard errors (four decimals; n = 197).
pub(crate) const BAC_GIANG_2019: [(f64, f64); 8] = [
    (5.5807, 0.0651),
    (5.6410, 0.1365),
    (4.9820, 0.078),
    (7.0150, 0.126),
    (7.5340, 0.055),
    (7.5370, 0.062),
    (3.8660, 0.277),
    (3.8880, 0.110),
];
/// Bắc Giang 2018, published.
pub(crate) const BAC_GIANG_2018: [f64; 8] = [5.839, 5.762, 4.908, 6.574, 7.702, 7.367, 4.881, 3.801];
/// Median of 63 provinces in 2019.
pub(crate) const MEDIAN_2019: [f64; 8] = [4.9944, 5.4249, 4.9625, 6.8286, 7.3593, 7.2572, 3.585, 3.5059];
/// Bắc Giang 2023: published without intervals.
pub(crate) const BAC_GIANG_2023: [f64; 8] = [5.5787, 5.6870, 4.3875, 7.1515, 7.3001, 7.4286, 3.3046, 3.4825];

pub(crate) fn row(code: &str, vi: &str, en: &str, estimate: f64) -> EstimateRow {
    EstimateRow {
        code: code.to_owned(),
        name: Words::new(vi, en),
        estimate: Some(estimate),
        lower: None,
        upper: None,
        standard_error: None,
        degrees_of_freedom: None,
        n: None,
        missing_reason: None,
        change: None,
    }
}

pub(crate) fn by_code(values: &[f64]) -> BTreeMap<String, f64> {
    values.iter().enumerate().map(|(index, value)| (format!("D{}", index + 1), *value)).collect()
}

pub(crate) fn papi_metadata(year: i32) -> Metadata {
    Metadata {
        index: "PAPI".to_owned(),
        survey: Words::new(format!("Khảo sát PAPI {year}"), format!("PAPI survey {year}")),
        unit: Words::new("Bắc Giang", "Bac Giang"),
        year,
        n: Some(197),
        villages: Some(12),
        confidence_level: 0.95,
        method: Words::new("sai số chuẩn công bố × 1,96", "published standard error × 1.96"),
        fieldwork: None,
        computed: day(2026, 11, 23),
        fingerprint: FINGERPRINT.to_owned(),
        draft: false,
        remarks: Vec::new(),
        small_cells: SmallCellRule::default(),
    }
}

/// Golden figure: Bắc Giang 2019 against 2018 and the median.
pub(crate) fn bac_giang_2019() -> DimensionFigure {
    let rows =
        DIMENSIONS.iter().zip(BAC_GIANG_2019).enumerate().map(|(index, ((vi, en), (score, error)))| EstimateRow {
            lower: Some(score - 1.96 * error),
            upper: Some(score + 1.96 * error),
            standard_error: Some(error),
            n: Some(197),
            ..row(&format!("D{}", index + 1), vi, en, score)
        });
    DimensionFigure {
        scale: crate::chart::build::p1_dimensions::SCALE,
        metadata: papi_metadata(2019),
        rows: rows.collect(),
        references: vec![
            ReferenceValues {
                kind: ReferenceKind::Previous,
                label: Words::new("2018", "2018"),
                values: by_code(&BAC_GIANG_2018),
            },
            ReferenceValues {
                kind: ReferenceKind::Median,
                label: Words::new("trung vị 63 tỉnh, thành phố", "median of 63 provinces"),
                values: by_code(&MEDIAN_2019),
            },
        ],
    }
}

/// Bắc Giang 2023: points without intervals.
pub(crate) fn bac_giang_2023() -> DimensionFigure {
    let rows = DIMENSIONS.iter().zip(BAC_GIANG_2023).enumerate();
    DimensionFigure {
        scale: crate::chart::build::p1_dimensions::SCALE,
        metadata: Metadata { n: None, villages: None, ..papi_metadata(2023) },
        rows: rows.map(|(index, ((vi, en), score))| row(&format!("D{}", index + 1), vi, en, score)).collect(),
        references: Vec::new(),
    }
}

/// A round of the plan's size with changes, a starred and a hidden row. Made up.
pub(crate) fn changed_round() -> DimensionFigure {
    let mut figure = bac_giang_2019();
    figure.metadata = Metadata {
        survey: Words::new("Khảo sát PAPI thử nghiệm (số liệu mô phỏng)", "PAPI trial survey (simulated data)"),
        year: 2026,
        n: Some(240),
        villages: Some(12),
        method: Words::new("theo thiết kế mẫu, phân phối t", "design-based, t distribution"),
        fieldwork: Some((day(2026, 4, 1), day(2026, 4, 29))),
        computed: day(2026, 5, 12),
        draft: true,
        ..papi_metadata(2026)
    };
    for (index, row) in figure.rows.iter_mut().enumerate() {
        row.n = Some(240);
        row.degrees_of_freedom = Some(9.0);
        // Half-lengths of the interval of the difference from 2018.
        let half = [0.19, 0.30, 0.25, 0.33, 0.20, 0.15, 0.60, 0.30][index];
        let change = row.estimate.expect("an estimate") - BAC_GIANG_2018[index];
        row.change = Some(Interval { lower: change - half, upper: change + half });
    }
    figure.rows[7].n = Some(48);
    figure.rows[2].n = Some(22);
    figure
}

/// SIPAS: made-up intervals around the province's published 81.62 % of 2023; the national mean is published.
pub(crate) fn sipas() -> FactorFigure {
    let factor = |code: &str, vi: &str, en: &str, value: f64, lower: f64, upper: f64, n: u64| EstimateRow {
        lower: Some(lower),
        upper: Some(upper),
        standard_error: Some((upper - lower) / 2.0 / 2.262),
        degrees_of_freedom: Some(9.0),
        n: Some(n),
        ..row(code, vi, en, value)
    };
    FactorFigure {
        metadata: Metadata {
            index: "SIPAS".to_owned(),
            survey: Words::new("Khảo sát SIPAS thử nghiệm (số liệu mô phỏng)", "SIPAS trial survey (simulated data)"),
            year: 2026,
            n: Some(240),
            villages: Some(12),
            method: Words::new("theo thiết kế mẫu, phân phối t", "design-based, t distribution"),
            fieldwork: Some((day(2026, 4, 1), day(2026, 4, 29))),
            ..papi_metadata(2026)
        },
        overall: Some(factor("SIPAS", "Hài lòng chung", "Overall satisfaction", 81.62, 73.41, 87.75, 240)),
        rows: vec![
            factor("S1", "Tiếp cận dịch vụ", "Access to services", 83.12, 74.90, 89.05, 238),
            factor("S2", "Thủ tục hành chính", "Administrative procedures", 80.47, 71.66, 87.03, 231),
            factor("S3", "Công chức giải quyết công việc", "Civil servants", 87.90, 80.15, 92.90, 229),
            factor("S4", "Kết quả dịch vụ", "Service outcome", 94.21, 90.40, 96.60, 226),
            factor(
                "S5",
                "Tiếp nhận, xử lý ý kiến phản ánh, kiến nghị",
                "Feedback and complaints handling",
                62.31,
                47.20,
                75.30,
                54,
            ),
        ],
        format: ValueFormat::Percent,
        target: Some(FactorTarget { value: 90.0, rule: TargetRule::Above }),
        comparisons: vec![(Words::new("Cả nước 2023", "Country 2023"), 82.66)],
        references: Vec::new(),
    }
}

/// The same as [`sipas`], as shares.
pub(crate) fn sipas_in_shares() -> FactorFigure {
    let mut figure = sipas();
    for row in figure.rows.iter_mut().chain(&mut figure.overall) {
        for value in [&mut row.estimate, &mut row.lower, &mut row.upper, &mut row.standard_error].into_iter().flatten()
        {
            *value /= 100.0;
        }
    }
    figure.format = ValueFormat::Share;
    figure.target = Some(FactorTarget { value: 0.9, rule: TargetRule::Above });
    figure.comparisons.iter_mut().for_each(|(_, value)| *value /= 100.0);
    figure
}

/// A factor on too few answers, one that was not asked, and one below half of the scale.
pub(crate) fn sipas_with_hidden_factor() -> FactorFigure {
    let mut figure = sipas();
    figure.rows[0].n = Some(29);
    figure.rows[1] = EstimateRow {
        missing_reason: Some(Words::new("không hỏi trong đợt này", "not asked in this round")),
        ..row("S2", "Thủ tục hành chính", "Administrative procedures", 0.0)
    };
    figure.rows[1].estimate = None;
    (figure.rows[4].estimate, figure.rows[4].lower) = (Some(45.5), Some(31.0));
    figure
}

/// Number, group, name, unit, ends of the scale, bound.
type TargetExample = (&'static str, &'static str, &'static str, PlanUnit, Option<(f64, f64)>, Option<f64>);

/// The longest names that the plan of May 2024 has.
const TARGETS: [TargetExample; 6] = [
    ("T01", "PAR Index", "trong nhóm 10 tỉnh đứng đầu", PlanUnit::Rank, Some((63.0, 1.0)), Some(10.0)),
    ("T02", "SIPAS", "trên 90 %", PlanUnit::Percent, Some((50.0, 100.0)), Some(90.0)),
    (
        "T13",
        "PAPI",
        "Công khai, minh bạch trong việc ra quyết định ở địa phương: duy trì",
        PlanUnit::Points,
        Some((1.0, 10.0)),
        Some(5.687),
    ),
    (
        "T15",
        "Việc các cơ quan tự thống kê",
        "Nhiệm vụ Chính phủ, Thủ tướng giao: 100 % đúng tiến độ",
        PlanUnit::Percent,
        Some((0.0, 100.0)),
        Some(100.0),
    ),
    (
        "T17",
        "Việc các cơ quan tự thống kê",
        "Cán bộ, công chức cấp xã đạt chuẩn đại học: 100 %",
        PlanUnit::Percent,
        Some((0.0, 100.0)),
        Some(100.0),
    ),
    (
        "T18",
        "Việc các cơ quan tự thống kê",
        "Tài liệu kiểm chứng và bảng tự chấm PAR Index: trước 30/12/2024",
        PlanUnit::Days,
        None,
        None,
    ),
];

fn plan_metadata() -> PlanMetadata {
    PlanMetadata {
        source: Words::new("kế hoạch của UBND tỉnh, tháng 5/2024", "the province's plan of May 2024"),
        unit: Words::new("Tỉnh Bắc Giang", "Bắc Giang province"),
        year: 2024,
        day: day(2025, 6, 30),
        fingerprint: FINGERPRINT.to_owned(),
        remarks: Vec::new(),
    }
}

/// Targets in every state, from every basis; the figures are made up.
pub(crate) fn targets() -> TargetFigure {
    let figure = |value: f64, basis, year: i32, interval: Option<(f64, f64)>| PlanFigure {
        value,
        interval: interval.map(|(lower, upper)| Interval { lower, upper }),
        basis,
        year,
        is_target_year: year == 2024,
    };
    let given = [
        (Some(figure(4.0, PlanBasis::Official, 2023, None)), Some(6.0), PlanState::NoData, Some(PlanState::Reached)),
        (
            Some(figure(83.38, PlanBasis::OwnEstimate, 2024, Some((44.66, 92.1)))),
            Some(-6.62),
            PlanState::NotEnoughEvidence,
            None,
        ),
        (Some(figure(5.386, PlanBasis::Official, 2024, None)), Some(-0.301), PlanState::NotEnoughEvidence, None),
        (Some(figure(98.6, PlanBasis::Reported, 2024, None)), Some(-1.4), PlanState::NotReached, None),
        (None, None, PlanState::NoData, None),
        (None, Some(3.0), PlanState::Reached, None),
    ];
    let rows = TARGETS.iter().zip(given).map(|(target, (figure, distance, state, by_older))| {
        let (number, group, name, unit, scale, bound) = *target;
        PlanTarget {
            id: format!("{number}/total"),
            number: number.to_owned(),
            group: Words::new(group, group),
            name: Words::new(name, name),
            unit,
            scale,
            bound,
            figure,
            distance,
            state,
            by_older,
            aside: None,
        }
    });
    TargetFigure { metadata: plan_metadata(), rows: rows.collect() }
}

/// Tasks in every state.
pub(crate) fn tasks() -> TaskFigure {
    let names = [
        ("Sở Nội vụ", "Tuyên truyền nội dung, mục đích, ý nghĩa của PAPI và trách nhiệm của chính quyền"),
        (
            "Văn phòng UBND tỉnh",
            "Kiểm soát TTHC, niêm yết công khai, rà soát kiến nghị sửa đổi; giải quyết TTHC; đánh giá công chức tại TT PVHCC và Một cửa; dịch vụ công trực tuyến",
        ),
        (
            "Đài Phát thanh và Truyền hình tỉnh; Báo Bắc Giang",
            "Thông tin, tuyên truyền kế hoạch và kết quả để nhân dân giám sát",
        ),
        ("Đài Phát thanh và Truyền hình tỉnh; Báo Bắc Giang", "Đối thoại, tiếp công dân định kỳ"),
    ];
    let [complete, partial, overdue, open, none] =
        [MatrixCell::Complete, MatrixCell::Partial, MatrixCell::Overdue, MatrixCell::Open, MatrixCell::NotDue];
    let cells =
        [[none, complete, partial, open], [none, overdue, complete, open], [none, complete, overdue, open], [none; 4]];
    let tasks = (1..).zip(names).zip(cells).map(|((no, (lead, name)), quarters)| PlanTask {
        no,
        lead: Words::new(lead, lead),
        name: Words::new(name, name),
        quarters,
        dimensions: (1..=8).map(|number: u32| number.to_string()).collect(),
    });
    TaskFigure { metadata: plan_metadata(), tasks: tasks.collect(), quarter: 2 }
}
