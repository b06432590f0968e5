//! R, package `survey`.

use problem::Problem;
use serde_json::Value;

use super::super::document::Request;
use super::{quoted, r_weighting, unsupported};
use crate::VarianceStages;

/// Prints domain, name, estimate and standard error, tab between.
const SHOW: &str = "show <- function(name, est, se, domain = \"\")
  cat(sprintf(\"%s\\t%s\\t%.15g\\t%.15g\\n\", domain, name, as.numeric(est), as.numeric(se)), sep = \"\")
";

pub(super) fn code(request: &Request) -> Result<String, Problem> {
    let keys = &request.estimand;
    let mut text = preamble(request)?;
    text.push_str(&match keys.kind.as_str() {
        "mean" | "total" | "proportion" => statistics(request),
        "ratio" => ratio(request),
        "quantile" => quantiles(request),
        "contrast" | "composite" => contrasts(request),
        "proportion_ci" => proportion_ci(request)?,
        "tests" => tests(request),
        "regression" => regression(request),
        "variance_covariance" => moments(request),
        "pps_total" => pps_totals(request),
        "cross_table" => cross_table(request),
        other => return Err(unsupported("R", "estimand.kind", other)),
    });
    Ok(text)
}

/// A name as R's formulas want it.
pub(super) fn name(name: &str) -> String {
    format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
}

fn formula(names: &[String]) -> String {
    format!("~{}", names.iter().map(|one| name(one)).collect::<Vec<_>>().join(" + "))
}

fn vector(names: &[String]) -> String {
    format!("c({})", names.iter().map(|one| quoted(one)).collect::<Vec<_>>().join(", "))
}

pub(super) fn preamble(request: &Request) -> Result<String, Problem> {
    let lonely = request.lonely();
    if lonely == "collapse" {
        return Err(unsupported("R", "design.lonely_psu", "collapse"));
    }
    let domain = if request.design.adjust_domain_lonely == Some(true) { "TRUE" } else { "FALSE" };
    let first = if request.stages() == VarianceStages::FirstStage { "TRUE" } else { "FALSE" };
    let data = &request.data;
    let reader = if data.to_lowercase().ends_with(".parquet") {
        format!("d <- as.data.frame(arrow::read_parquet({}))\n", quoted(data))
    } else {
        format!(
            "d <- read.csv({}, na.strings = \"\", check.names = FALSE, stringsAsFactors = FALSE, encoding = \"UTF-8\")\n",
            quoted(data)
        )
    };
    let mut text = format!(
        "library(survey)\noptions(survey.lonely.psu = {}, survey.adjust.domain.lonely = {domain}, survey.ultimate.cluster = {first})\n{reader}",
        quoted(&lonely)
    );
    if request.estimand.kind != "pps_total" {
        text.push_str(&design(request));
        text.push_str(&r_weighting::steps(request)?);
    }
    text.push_str(SHOW);
    Ok(text)
}

fn design(request: &Request) -> String {
    let keys = &request.design;
    let mut arguments =
        vec![format!("ids = {}", if keys.ids.0.is_empty() { "~1".to_owned() } else { formula(&keys.ids.0) })];
    if !keys.strata.0.is_empty() {
        arguments.push(format!("strata = {}", formula(&keys.strata.0)));
    }
    if !keys.fpc.0.is_empty() {
        arguments.push(format!("fpc = {}", formula(&keys.fpc.0)));
    }
    if let Some(weights) = &keys.weights {
        arguments.push(format!("weights = ~{}", name(weights)));
    }
    if keys.nest == Some(true) {
        arguments.push("nest = TRUE".to_owned());
    }
    let mut text = String::new();
    match request.pps().as_deref() {
        None => {}
        Some("hartley_rao") => {
            let sum = keys.hartley_rao_sum.map_or_else(String::new, |sum| sum.to_string());
            arguments.push(format!("pps = HR({sum})"));
        }
        Some(matrix @ ("ht" | "yg")) => {
            let file = quoted(keys.joint_probabilities.as_deref().unwrap_or_default());
            text.push_str(&format!("joint <- unname(as.matrix(read.csv({file})))\n"));
            arguments.push(format!("pps = ppsmat(joint), variance = \"{}\"", matrix.to_uppercase()));
        }
        Some(other) => arguments.push(format!("pps = \"{other}\"")),
    }
    text.push_str(&format!("design <- svydesign({}, data = d)\n", arguments.join(", ")));
    if request.stages() == VarianceStages::UltimateCluster {
        let ids = keys.ids.0.first().map_or_else(|| "~1".to_owned(), |id| format!("~{}", name(id)));
        let strata = keys.strata.0.first().map_or_else(String::new, |one| format!(", strata = ~{}", name(one)));
        let nest = if keys.nest == Some(true) { ", nest = TRUE" } else { "" };
        text.push_str(&format!(
            "d$.weight <- weights(design)\ndesign <- svydesign(ids = {ids}{strata}{nest}, weights = ~.weight, data = d)\n"
        ));
    }
    text
}

/// A loop over the domains; `inside` marks the rows, `domain` names them.
fn over_domains(request: &Request, body: &str) -> String {
    let by = &request.estimand.by.0;
    if by.is_empty() {
        return format!("inside <- rep(TRUE, nrow(d)); domain <- \"\"\n{body}");
    }
    let indented: String = body.lines().map(|line| format!("  {line}\n")).collect();
    format!(
        "groups <- unique(d[{by}]); groups <- groups[complete.cases(groups), , drop = FALSE]\n\
         groups <- groups[do.call(order, unname(as.list(groups))), , drop = FALSE]\n\
         for (i in seq_len(nrow(groups))) {{\n  \
         inside <- Reduce(`&`, lapply(names(groups), function(g) !is.na(d[[g]]) & d[[g]] == groups[i, g]))\n  \
         domain <- paste0(names(groups), \"=\", unlist(lapply(groups[i, , drop = FALSE], as.character)), collapse = \"; \")\n\
         {indented}}}\n",
        by = vector(by)
    )
}

fn statistics(request: &Request) -> String {
    let keys = &request.estimand;
    let function = if keys.kind == "total" { "svytotal" } else { "svymean" };
    let deff = match &keys.deff {
        Some(Value::Bool(true)) => ", deff = TRUE",
        Some(Value::String(_)) => ", deff = \"replace\"",
        _ => "",
    };
    let sets: Vec<Vec<String>> = if keys.missing.as_deref() == Some("listwise") {
        vec![keys.vars.0.clone()]
    } else {
        keys.vars.0.iter().map(|one| vec![one.clone()]).collect()
    };
    let body: String = sets
        .iter()
        .map(|set| {
            let terms: Vec<String> = set
                .iter()
                .map(|one| if keys.kind == "proportion" { format!("factor({})", name(one)) } else { name(one) })
                .collect();
            format!(
                "s <- {function}(~{}, subset(design, inside & complete.cases(d[{}])){deff})\nshow(names(coef(s)), coef(s), SE(s), domain)\n",
                terms.join(" + "),
                vector(set)
            )
        })
        .collect();
    over_domains(request, &body)
}

fn ratio(request: &Request) -> String {
    let keys = &request.estimand;
    let (above, below) = (keys.numerator.clone().unwrap_or_default(), keys.denominator.clone().unwrap_or_default());
    let body = format!(
        "s <- svyratio(~{}, ~{}, subset(design, inside), na.rm = TRUE)\nshow({}, coef(s), SE(s), domain)\n",
        name(&above),
        name(&below),
        quoted(&format!("{above}/{below}"))
    );
    over_domains(request, &body)
}

fn quantiles(request: &Request) -> String {
    let keys = &request.estimand;
    let list = |names: &[String], all: &str| if names.is_empty() { all.to_owned() } else { vector(names) };
    let rules = list(&keys.qrules.0, "c(\"math\", \"school\", \"hf4\", \"hf5\", \"hf6\", \"hf7\", \"hf8\", \"hf9\")");
    let intervals = list(&keys.intervals.0, "\"mean\"");
    let probs = keys.probs.0.iter().map(f64::to_string).collect::<Vec<_>>().join(", ");
    let body: String = keys
        .vars
        .0
        .iter()
        .map(|one| {
            format!(
                "for (rule in {rules}) for (interval in {intervals}) {{\n  \
                 s <- svyquantile(~{}, subset(design, inside & !is.na(d[[{quoted}]])), c({probs}), interval.type = interval, qrule = rule)[[1]]\n  \
                 show(paste0({quoted}, \"@\", rownames(s), \" \", rule, \" \", interval), s[, \"quantile\"], s[, \"se\"], domain)\n}}\n",
                name(one),
                quoted = quoted(one)
            )
        })
        .collect();
    over_domains(request, &body)
}

/// Domain means are ratios of two totals; combinations of them go through the delta method, whose result is the same.
fn contrasts(request: &Request) -> String {
    let keys = &request.estimand;
    let mut text = String::new();
    let mut means = Vec::new();
    for (k, (label, part)) in keys.estimates.0.iter().enumerate() {
        let column = |one: &str| format!("d[[{}]]", quoted(one));
        let mut inside = vec![format!("!is.na({})", column(&part.var))];
        for (by, value) in &part.domain.0 {
            let value = value.as_str().map_or_else(|| value.to_string(), quoted);
            inside.push(format!("!is.na({0}) & {0} == {value}", column(by)));
        }
        text.push_str(&format!(
            "n{k} <- as.numeric({}); y{k} <- ifelse(n{k} == 1, {}, 0)\n",
            inside.join(" & "),
            column(&part.var)
        ));
        means.push((label, format!("y{k} / n{k}")));
    }
    let terms = (0..means.len()).map(|k| format!("y{k} + n{k}")).collect::<Vec<_>>().join(" + ");
    let updates = (0..means.len()).map(|k| format!("y{k} = y{k}, n{k} = n{k}")).collect::<Vec<_>>().join(", ");
    text.push_str(&format!("totals <- svytotal(~{terms}, update(design, {updates}))\n"));
    let mut show = |label: &str, expression: &str| {
        text.push_str(&format!(
            "s <- svycontrast(totals, quote({expression}))\nshow({}, coef(s), SE(s))\n",
            quoted(label)
        ));
    };
    for (label, expression) in &means {
        show(label, expression);
    }
    for (label, combination) in &keys.contrasts.0 {
        let term = |(part, coefficient): &(String, f64)| {
            let mean = means.iter().find(|(label, _)| *label == part).map_or("NA", |(_, mean)| mean);
            format!("({coefficient}) * {mean}")
        };
        show(label, &combination.0.iter().map(term).collect::<Vec<_>>().join(" + "));
    }
    text
}

fn proportion_ci(request: &Request) -> Result<String, Problem> {
    let keys = &request.estimand;
    let ours = ["logit", "likelihood", "asin", "beta", "mean", "xlogit"].map(str::to_owned);
    let methods = if keys.methods.0.is_empty() { &ours[..] } else { &keys.methods.0[..] };
    if let Some(other) = methods.iter().find(|method| ["clopper_pearson", "papi_style"].contains(&method.as_str())) {
        return Err(unsupported("R", "estimand.methods", other));
    }
    let value = |value: &Value| value.as_str().map_or_else(|| value.to_string(), quoted);
    let several = keys.event.as_ref().and_then(Value::as_array);
    let event = keys.event.as_ref().map_or_else(String::new, value);
    let (event, named) = if several.is_some() { ("event", ", event") } else { (event.as_str(), "") };
    let mut body: String = keys
        .vars
        .0
        .iter()
        .map(|one| {
            format!(
                "part <- update(design, .y = as.numeric(d[[{quoted}]] == {event}))\npart <- subset(part, inside & !is.na(d[[{quoted}]]))\n\
                 for (method in {}) {{\n  s <- svyciprop(~.y, part, method = method, level = {})\n  \
                 show(paste({quoted}{named}, method), coef(s), sqrt(attr(s, \"var\")), domain)\n  print(confint(s), digits = 15)\n}}\n",
                vector(methods),
                request.level(),
                quoted = quoted(one)
            )
        })
        .collect();
    if let Some(several) = several {
        let indented: String = body.lines().map(|line| format!("  {line}\n")).collect();
        let events = several.iter().map(value).collect::<Vec<_>>().join(", ");
        body = format!("for (event in c({events})) {{\n{indented}}}\n");
    }
    Ok(over_domains(request, &body))
}

fn tests(request: &Request) -> String {
    let keys = &request.estimand;
    let mut text = "part <- subset(design, inside)\nprint(domain)\n".to_owned();
    if let (Some(row), Some(column)) = (&keys.row, &keys.col) {
        text.push_str(&format!(
            "for (statistic in c(\"F\", \"Chisq\", \"Wald\", \"adjWald\")) print(svychisq(~{} + {}, part, statistic = statistic))\n",
            name(row),
            name(column)
        ));
    }
    if let (Some(y), Some(g)) = (&keys.y, &keys.g) {
        match &keys.lev {
            Some(value) => {
                let value = value.as_str().map_or_else(|| value.to_string(), quoted);
                text.push_str(&format!("print(svyttest({} ~ I({} == {value}), part))\n", name(y), name(g)));
            }
            None => text.push_str(&format!(
                "levels <- sort(unique(na.omit(part$variables[[{g}]])))\np <- combn(seq_along(levels), 2, function(pair) {{\n  \
                 two <- subset(part, part$variables[[{g}]] %in% levels[pair])\n  two <- update(two, .g = as.numeric(two$variables[[{g}]] == levels[pair[2]]))\n  \
                 test <- svyttest({} ~ .g, two); print(test); test$p.value\n}})\nprint(p.adjust(p, \"holm\"))\n",
                name(y),
                g = quoted(g)
            )),
        }
    }
    over_domains(request, &text)
}

fn regression(request: &Request) -> String {
    let keys = &request.estimand;
    let family = keys.family.as_deref().unwrap_or("gaussian");
    let formula = keys.formula.as_deref().unwrap_or_default();
    // R stops its iterations early, which shows in standard errors of small domains.
    let control = if family == "gaussian" { "" } else { ", control = list(epsilon = 1e-14, maxit = 100)" };
    let body = format!(
        "s <- svyglm({formula}, subset(design, inside), family = {family}(){control})\nprint(summary(s))\n\
         show(names(coef(s)), coef(s), SE(s), domain)\n"
    );
    over_domains(request, &body)
}

fn moments(request: &Request) -> String {
    let vars = &request.estimand.vars.0;
    let body = format!(
        "s <- svyvar({}, subset(design, inside & complete.cases(d[{}])))\nprint(s, covariance = TRUE, digits = 15)\n",
        formula(vars),
        vector(vars)
    );
    over_domains(request, &body)
}

fn pps_totals(request: &Request) -> String {
    let keys = &request.design;
    let pi = keys.fpc.0.first().map_or_else(String::new, |one| name(one));
    let strata = keys.strata.0.first().map_or_else(String::new, |one| format!(", strata = ~{}", name(one)));
    let ids = keys.ids.0.first().map_or_else(|| "~1".to_owned(), |one| format!("~{}", name(one)));
    let sum = keys.hartley_rao_sum.map_or_else(String::new, |sum| sum.to_string());
    let mut text = format!("pps <- function(...) svydesign(ids = {ids}{strata}, fpc = ~{pi}, data = d, ...)\n");
    let mut designs = vec![
        ("brewer", "pps(pps = \"brewer\")".to_owned()),
        ("overton", "pps(pps = \"overton\")".to_owned()),
        ("hartley_rao", format!("pps(pps = HR({sum}))")),
    ];
    if let Some(file) = &keys.joint_probabilities {
        text.push_str(&format!("joint <- unname(as.matrix(read.csv({})))\n", quoted(file)));
        designs.push(("ht", "pps(pps = ppsmat(joint))".to_owned()));
        designs.push(("yg", "pps(pps = ppsmat(joint), variance = \"YG\")".to_owned()));
    }
    designs.push(("wr", format!("svydesign(ids = {ids}{strata}, probs = ~{pi}, data = d)")));
    let asked = &request.estimand.methods.0;
    for (method, design) in
        designs.iter().filter(|(method, _)| asked.is_empty() || asked.iter().any(|one| one == method))
    {
        text.push_str(&format!("design <- {design}\n"));
        let body: String = request
            .estimand
            .vars
            .0
            .iter()
            .map(|one| {
                format!(
                    "s <- svytotal(~{}, subset(design, inside & !is.na(d[[{quoted}]])))\nshow(paste({quoted}, \"{method}\"), coef(s), SE(s), domain)\n",
                    name(one),
                    quoted = quoted(one)
                )
            })
            .collect();
        text.push_str(&over_domains(request, &body));
    }
    text
}

fn cross_table(request: &Request) -> String {
    let keys = &request.estimand;
    let (row, column) = (keys.row.clone().unwrap_or_default(), keys.col.clone().unwrap_or_default());
    let both = vector(&[row.clone(), column.clone()]);
    let (row, column) = (name(&row), name(&column));
    let body = format!(
        "both <- subset(design, inside & complete.cases(d[{both}]))\n\
         s <- svymean(~interaction(factor({row}), factor({column})), both)\nshow(names(coef(s)), coef(s), SE(s), domain)\n\
         print(svyby(~factor({column}), ~{row}, both, svymean), digits = 15)\nprint(svyby(~factor({row}), ~{column}, both, svymean), digits = 15)\n\
         for (statistic in c(\"F\", \"Chisq\", \"Wald\", \"adjWald\")) print(svychisq(~{row} + {column}, subset(design, inside), statistic = statistic))\n"
    );
    over_domains(request, &body)
}
