//! Answers of one number: sizes, differences, cluster sizes.

use problem::{Language, Problem, Problems};
use sampling::size::{
    ClusterCosts, Clusters, Comparison, NullVariance, Overlap, Precision, Quantity, SizeRequest, optimal_cluster_size,
    required_clusters, required_size, whole,
};
use serde::Serialize;
use serde_json::json;

use super::speaker::Speaker;
use super::{Fpc, SizeArgs, number_of};
use crate::cli::frame::Format;
use crate::cli::language;

pub(super) fn json(value: &impl Serialize) -> Result<String, Problems> {
    serde_json::to_string_pretty(value).map_err(|error| {
        Problem::new("output", "không ghi được kết quả", "the output cannot be written").got(error.to_string()).into()
    })
}

/// How many for a precision.
pub(super) fn required(args: &SizeArgs) -> Result<String, Problems> {
    let (quantity, deff) = (args.quantity()?, args.plain_deff()?);
    let precision = match (args.half_width, args.cv) {
        (Some(half_width), _) => Precision::HalfWidth(half_width),
        (None, cv) => Precision::CoefficientOfVariation(cv.unwrap_or_default()),
    };
    let request = SizeRequest {
        quantity,
        precision,
        level: args.level,
        deff,
        population: args.population,
        response: args.response.unwrap_or(1.0),
        eligibility: args.eligibility.unwrap_or(1.0),
    };
    let size = required_size(&request)?;
    let (n, gross) = match args.fpc {
        Fpc::Plain => (size.n_fpc_plain, size.gross),
        Fpc::CochranMinus1 => (size.n_fpc_cochran_minus1, size.gross_cochran_minus1),
    };
    let clusters = match (args.half_width, args.cluster_size, args.strata) {
        (Some(half_width), Some(cluster_size), Some(strata)) => {
            Some(required_clusters(quantity, half_width, args.level, Clusters { cluster_size, deff, strata })?)
        }
        _ => None,
    };
    let (n, gross) = (whole(n)?, whole(gross)?);
    if args.format == Format::Json {
        return json(&json!({
            "p": args.p, "mean": args.mean, "sd": args.sd, "half_width": args.half_width, "cv": args.cv,
            "level": args.level, "deff": deff, "N": args.population, "response": request.response,
            "eligibility": request.eligibility, "n_infinite": size.n_infinite,
            "n_fpc_cochran_minus1": size.n_fpc_cochran_minus1, "n_fpc_plain": size.n_fpc_plain,
            "gross": match args.fpc { Fpc::Plain => size.gross, Fpc::CochranMinus1 => size.gross_cochran_minus1 },
            "interviews": n, "draw": gross, "clusters": clusters,
        }));
    }
    let speaker = Speaker(language());
    let wanted = match precision {
        Precision::HalfWidth(half_width) => format!("± {}", speaker.difference(quantity, half_width)?),
        Precision::CoefficientOfVariation(cv) => format!("CV {}", speaker.share(cv)?),
    };
    let mut lines = vec![match speaker.0 {
        Language::Vi => format!("Cần {n} phiếu cho {wanted}; phải rút {gross} đơn vị"),
        Language::En => format!("{n} interviews for {wanted}; {gross} units must be drawn"),
    }];
    lines.push(format!(
        "  {}; {} {}; {} {}",
        speaker.quantity(quantity)?,
        speaker.word("hệ số thiết kế", "design effect"),
        speaker.stated(deff)?,
        speaker.word("mức tin cậy", "confidence level"),
        speaker.share(args.level)?
    ));
    lines.push(format!("  {}", field_assumptions(args, speaker)?));
    lines.push(format!(
        "  n₀ {}; n₀/(1 + n₀/N) {}; n₀/(1 + (n₀ − 1)/N) {}",
        speaker.number(size.n_infinite, 1)?,
        speaker.number(size.n_fpc_plain, 1)?,
        speaker.number(size.n_fpc_cochran_minus1, 1)?
    ));
    if let Some(clusters) = clusters {
        lines.push(match speaker.0 {
            Language::Vi => format!("  tính bằng phân phối t (số cụm trừ số tầng): cần {clusters} cụm"),
            Language::En => format!("  by Student's t (clusters minus strata): {clusters} clusters"),
        });
    } else {
        lines.push(
            speaker
                .word(
                    "  theo phân phối chuẩn: với ít cụm, khoảng tin cậy sẽ rộng hơn (nêu --cluster-size và --strata)",
                    "  by the normal distribution: with few clusters the interval will be wider (state --cluster-size and --strata)",
                )
                .to_owned(),
        );
    }
    Ok(lines.join("\n"))
}

/// Population, response and eligibility, and which of them nobody stated.
fn field_assumptions(args: &SizeArgs, speaker: Speaker) -> Result<String, Problems> {
    let stated = |vi, en, share: Option<f64>| {
        let word = speaker.word(vi, en);
        match share {
            Some(share) => Ok::<_, Problems>(format!("{word} {}", speaker.share(share)?)),
            None => Ok(format!("{word} {}", speaker.word("100 % (chưa nêu)", "100 % (not stated)"))),
        }
    };
    let population = match args.population {
        Some(size) => format!("N {}", speaker.stated(size)?),
        None => speaker.word("tổng thể coi là vô hạn (chưa nêu N)", "infinite population (N not stated)").to_owned(),
    };
    let response = stated("tỷ lệ trả lời", "response rate", args.response)?;
    let eligibility = stated("tỷ lệ đúng đối tượng", "eligibility", args.eligibility)?;
    Ok(format!("{population}; {response}; {eligibility}"))
}

/// Two years or groups: sizes, power, or the smallest change.
pub(super) fn comparison(args: &SizeArgs) -> Result<String, Problems> {
    let (first, deff) = (args.quantity()?, args.plain_deff()?);
    let second = match (first, args.p2, args.mean2) {
        (Quantity::Proportion(_), Some(p2), _) => Some(Quantity::Proportion(p2)),
        (Quantity::Mean { standard_deviation, .. }, _, Some(mean)) => {
            Some(Quantity::Mean { mean, standard_deviation: args.sd2.unwrap_or(standard_deviation) })
        }
        _ => None,
    };
    let two = Comparison {
        first,
        deff,
        ratio: args.ratio,
        overlap: args.overlap.zip(args.correlation).map(|(share, correlation)| Overlap { share, correlation }),
        alpha: args.alpha,
        alternative: args.alternative_hypothesis(),
        null_variance: if args.pooled { NullVariance::Pooled } else { NullVariance::Unpooled },
        degrees_of_freedom: args.df,
    };
    let power = || {
        args.power.ok_or_else(|| {
            Problems::from(
                Problem::new("size_power", "chưa nêu xác suất phát hiện", "the power is not stated")
                    .expected("--power 0.8"),
            )
        })
    };
    let speaker = Speaker(language());
    let (value, told) = match (second, args.n) {
        (Some(second), Some(n)) => {
            let found = two.power(second, n)?;
            let shown = speaker.share((found * 1_000.0).round() / 1_000.0)?;
            (
                json!({"power": found}),
                match speaker.0 {
                    Language::Vi => format!("Xác suất phát hiện thay đổi này: {shown}"),
                    Language::En => format!("Probability of finding this change: {shown}"),
                },
            )
        }
        (Some(second), None) => {
            let sizes = two.required(second, power()?)?;
            let key = if args.pooled { "n_per_group_pooled" } else { "n_per_group_unpooled" };
            let (n1, n2) = (whole(sizes.first)?, whole(sizes.second)?);
            (
                json!({key: sizes.first, "n_second": sizes.second, "interviews": [n1, n2]}),
                match speaker.0 {
                    Language::Vi => format!("Cần {n1} phiếu ở lần (nhóm) đầu và {n2} phiếu ở lần (nhóm) sau"),
                    Language::En => format!("{n1} interviews in the first year or group and {n2} in the second"),
                },
            )
        }
        (None, Some(n)) => {
            let found = two.detectable(n, power()?)?;
            let part = |difference: Option<f64>, vi, en| match difference {
                Some(difference) => speaker.difference(first, difference.abs()),
                None => Ok(speaker.word(vi, en).to_owned()),
            };
            let up = part(found.increase, "không mức tăng nào", "no increase whatever")?;
            let down = part(found.decrease, "không mức giảm nào", "no decrease whatever")?;
            (
                json!({"minimum_detectable": found}),
                match speaker.0 {
                    Language::Vi => format!("Thay đổi nhỏ nhất phát hiện được: tăng {up}, giảm {down}"),
                    Language::En => format!("Smallest change that can be found: up {up}, down {down}"),
                },
            )
        }
        (None, None) => {
            return Err(Problem::new("size_question", "chưa nêu đủ để so sánh", "too little is stated to compare")
                .expected("--p2 (--mean2) | --n | --p2 --n")
                .into());
        }
    };
    if args.format == Format::Json {
        return json(&json!({
            "p1": args.p, "p2": args.p2, "mean1": args.mean, "mean2": args.mean2, "n": args.n, "ratio": args.ratio,
            "deff": deff, "alpha": args.alpha, "one_sided": args.one_sided, "wanted_power": args.power, "df": args.df,
            "overlap": args.overlap, "correlation": args.correlation, "result": value,
        }));
    }
    let sides =
        if args.one_sided { speaker.word("một phía", "one-sided") } else { speaker.word("hai phía", "two-sided") };
    let mut parts = vec![
        speaker.quantity(first)?,
        format!("{} {}", speaker.word("hệ số thiết kế", "design effect"), speaker.stated(deff)?),
        format!("α {} ({sides})", speaker.stated(args.alpha)?),
    ];
    if let Some(power) = args.power {
        parts.push(format!("{} {}", speaker.word("xác suất phát hiện", "power"), speaker.share(power)?));
    }
    parts.push(match args.df {
        Some(df) => format!("{} {df}", speaker.word("bậc tự do", "df")),
        None => speaker.word("phân phối chuẩn (chưa nêu bậc tự do)", "normal distribution (df not stated)").to_owned(),
    });
    parts.push(match args.overlap.zip(args.correlation) {
        Some((share, correlation)) => format!(
            "{} {}, {} {}",
            speaker.word("phần trùng", "overlap"),
            speaker.share(share)?,
            speaker.word("tương quan", "correlation"),
            speaker.stated(correlation)?
        ),
        None => speaker.word("hai mẫu độc lập", "independent samples").to_owned(),
    });
    Ok(format!("{told}\n  {}", parts.join("; ")))
}

/// The best number of interviews per cluster.
pub(super) fn cluster_size(args: &SizeArgs) -> Result<String, Problems> {
    let [icc] = &args.icc[..] else {
        return Err(Problem::new(
            "size_design_effect",
            "cần một tương quan nội cụm",
            "one intraclass correlation is needed",
        )
        .expected("--icc 0.05")
        .into());
    };
    let costs = ClusterCosts {
        per_cluster: args.cost_cluster.unwrap_or_default(),
        per_interview: args.cost_interview.unwrap_or_default(),
    };
    let best = optimal_cluster_size(costs, number_of(icc)?)?;
    if args.format == Format::Json {
        return json(&best);
    }
    let speaker = Speaker(language());
    let (exact, deff) = (speaker.number(best.exact, 1)?, speaker.number(best.deff, 2)?);
    Ok(match speaker.0 {
        Language::Vi => {
            format!("Mỗi cụm {} phiếu là rẻ nhất (công thức: {exact}); hệ số thiết kế {deff}", best.cluster_size)
        }
        Language::En => format!(
            "{} interviews per cluster are cheapest (formula: {exact}); design effect {deff}",
            best.cluster_size
        ),
    })
}
