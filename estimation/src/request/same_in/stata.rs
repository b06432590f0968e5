//! Stata, `svyset` and `svy:`.

use problem::Problem;

use super::super::document::Request;
use super::{quoted, unsupported};
use crate::VarianceStages;
use crate::regression::{Formula, Variable};

pub(super) fn code(request: &Request) -> Result<String, Problem> {
    let keys = &request.estimand;
    if request.design.weighting.as_ref().is_some_and(|steps| !steps.is_empty()) {
        return Err(unsupported("Stata", "design.weighting", "steps"));
    }
    if request.data.to_lowercase().ends_with(".parquet") {
        return Err(unsupported("Stata", "data", &request.data));
    }
    names_fit(request)?;
    let mut text = format!(
        "version 16\nimport delimited {}, case(preserve) varnames(1) encoding(\"UTF-8\") clear\n",
        quoted(&request.data)
    );
    text.push_str(&design(request)?);
    let level = request.level() * 100.0;
    let over = over(request, &mut text);
    let each = |command: &str, text: &mut String| {
        for one in &keys.vars.0 {
            let separator = if over.is_empty() { String::new() } else { format!(", {over}") };
            text.push_str(&format!("svy, level({level}): {command} {one}{separator}\n"));
        }
    };
    match keys.kind.as_str() {
        "mean" | "total" => each(&keys.kind, &mut text),
        "proportion" => {
            for one in &keys.vars.0 {
                text.push_str(&format!("egen _{one} = group({one}), label\n"));
                let separator = if over.is_empty() { String::new() } else { format!(", {over}") };
                text.push_str(&format!("svy, level({level}): proportion _{one}{separator}\n"));
            }
        }
        "ratio" => {
            let (above, below) =
                (keys.numerator.clone().unwrap_or_default(), keys.denominator.clone().unwrap_or_default());
            let separator = if over.is_empty() { String::new() } else { format!(", {over}") };
            text.push_str(&format!("svy, level({level}): ratio ({above}/{below}){separator}\n"));
        }
        "tests" | "cross_table" if !keys.by.0.is_empty() => {
            return Err(unsupported("Stata", "estimand.by", &keys.by.0.join(", ")));
        }
        "tests" => {
            if let (Some(row), Some(column)) = (&keys.row, &keys.col) {
                text.push_str(&format!("svy: tabulate {row} {column}, pearson wald\n"));
            }
            if let (Some(y), Some(g), Some(value)) = (&keys.y, &keys.g, &keys.lev) {
                text.push_str(&format!(
                    "generate byte _group = ({g} == {value}) if !missing({g})\nsvy: regress {y} _group\n"
                ));
            } else if keys.y.is_some() {
                return Err(unsupported("Stata", "estimand.lev", "null"));
            }
        }
        "cross_table" => {
            let (row, column) = (keys.row.clone().unwrap_or_default(), keys.col.clone().unwrap_or_default());
            for share in ["cell", "row", "column"] {
                text.push_str(&format!("svy, level({level}): tabulate {row} {column}, {share} se ci pearson wald\n"));
            }
        }
        "regression" => text.push_str(&regression(request)?),
        other => return Err(unsupported("Stata", "estimand.kind", other)),
    }
    Ok(text)
}

/// Stata's names are letters, digits and underscores, at most 32.
fn names_fit(request: &Request) -> Result<(), Problem> {
    let (design, keys) = (&request.design, &request.estimand);
    let lists = [&design.ids.0, &design.strata.0, &design.fpc.0, &keys.vars.0, &keys.by.0];
    let single = [&design.weights, &keys.numerator, &keys.denominator, &keys.row, &keys.col, &keys.y, &keys.g];
    let fits = |name: &&String| {
        name.chars().count() <= 31 && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
    };
    match lists.into_iter().flatten().chain(single.into_iter().flatten()).find(|name| !fits(name)) {
        None => Ok(()),
        Some(name) => Err(unsupported("Stata", "a column name", name)),
    }
}

fn design(request: &Request) -> Result<String, Problem> {
    let keys = &request.design;
    if let Some(pps) = request.pps() {
        return Err(unsupported("Stata", "design.pps", &pps));
    }
    let Some(weights) = &keys.weights else { return Err(unsupported("Stata", "design.weights", "null")) };
    if keys.adjust_domain_lonely == Some(true) {
        return Err(unsupported("Stata", "design.adjust_domain_lonely", "true"));
    }
    let lonely = request.lonely();
    let single = match lonely.as_str() {
        "fail" => "missing",
        "remove" | "certainty" => "certainty",
        "adjust" => "centered",
        "average" => "scaled",
        other => return Err(unsupported("Stata", "design.lonely_psu", other)),
    };
    let mut text = String::new();
    let n_stages = if request.stages() == VarianceStages::AllStages { keys.ids.0.len().max(1) } else { 1 };
    let mut stages = Vec::new();
    for stage in 0..n_stages {
        let unit = match keys.ids.0.get(stage) {
            None => "_n".to_owned(),
            Some(id) => {
                let nested = keys.strata.0.get(stage).filter(|_| keys.nest == Some(true));
                let group = nested.map_or_else(|| id.clone(), |stratum| format!("{stratum} {id}"));
                text.push_str(&format!("egen long _unit{} = group({group})\n", stage + 1));
                format!("_unit{}", stage + 1)
            }
        };
        let mut options = Vec::new();
        if let Some(stratum) = keys.strata.0.get(stage) {
            text.push_str(&format!("egen long _stratum{} = group({stratum})\n", stage + 1));
            options.push(format!("strata(_stratum{})", stage + 1));
        }
        if request.stages() != VarianceStages::UltimateCluster {
            options.extend(keys.fpc.0.get(stage).map(|fpc| format!("fpc({fpc})")));
        }
        let weight = if stage == 0 { format!(" [pweight={weights}]") } else { String::new() };
        if stage == 0 {
            options.push(format!("singleunit({single})"));
        }
        let options = if options.is_empty() { String::new() } else { format!(", {}", options.join(" ")) };
        stages.push(format!("{unit}{weight}{options}"));
    }
    text.push_str(&format!("svyset {}\n", stages.join(" || ")));
    Ok(text)
}

fn over(request: &Request, text: &mut String) -> String {
    let by = &request.estimand.by.0;
    if by.is_empty() {
        return String::new();
    }
    text.push_str(&format!("egen _domain = group({}), label\n", by.join(" ")));
    "over(_domain)".to_owned()
}

fn regression(request: &Request) -> Result<String, Problem> {
    let keys = &request.estimand;
    if !keys.by.0.is_empty() {
        return Err(unsupported("Stata", "estimand.by", &keys.by.0.join(", ")));
    }
    let formula = Formula::parse(keys.formula.as_deref().unwrap_or_default())?;
    let command = if keys.family.as_deref().unwrap_or("gaussian") == "gaussian" { "regress" } else { "logit" };
    let mut text = String::new();
    let mut names: Vec<(Variable, String)> = Vec::new();
    for (number, variable) in formula.variables().into_iter().enumerate() {
        let column = variable.column();
        let fits = column.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
        if !fits {
            return Err(unsupported("Stata", "a column name", column));
        }
        let own = match variable {
            Variable::Column(column) => column.clone(),
            Variable::Factor(column) => {
                text.push_str(&format!("egen _x{number} = group({column}), label\n"));
                format!("i._x{number}")
            }
            Variable::Holds { column, sign, value, is_text } => {
                let value = if *is_text { quoted(value) } else { value.clone() };
                text.push_str(&format!("generate byte _x{number} = ({column} {sign} {value}) if !missing({column})\n"));
                format!("_x{number}")
            }
        };
        names.push((variable.clone(), own));
    }
    let find = |variable: &Variable| names.iter().find(|(other, _)| other == variable).map_or("", |(_, own)| own);
    let interacted = |variable: &Variable| {
        let own = find(variable);
        if own.starts_with("i.") { own.to_owned() } else { format!("c.{own}") }
    };
    let terms: Vec<String> = formula
        .terms
        .iter()
        .map(|term| match term.as_slice() {
            [one] => find(one).to_owned(),
            several => several.iter().map(interacted).collect::<Vec<_>>().join("#"),
        })
        .collect();
    let constant = if formula.intercept { "" } else { ", noconstant" };
    text.push_str(
        "* columns of text must be made categories first: egen g = group(text), label, and i.g in the model\n",
    );
    text.push_str(&format!(
        "svy, level({}): {command} {} {}{constant}\n",
        request.level() * 100.0,
        find(&formula.response),
        terms.join(" ")
    ));
    Ok(text)
}
