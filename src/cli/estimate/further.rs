//! Tests, regressions, moments and tables of two variables as lines of cells.

use estimation::request::{CrossTable, Difference, Fitted, Further, Moments, Share, Tests};

use super::{Precision, number, reason, shown};

/// Headings and lines.
pub(super) fn lines(further: &Further, precision: Precision) -> Vec<Vec<String>> {
    match further {
        Further::Tests(tests) => of_tests(tests, precision),
        Further::TestsOfDomains { domains } => of_domains(domains.iter().map(|tests| {
            let problems = tests.problems.iter().map(|problem| problem.code).collect::<Vec<_>>().join(", ");
            (shown(&tests.domain), of_tests(tests, precision), problems)
        })),
        Further::Regression(fitted) => of_regression(std::slice::from_ref(fitted), precision),
        Further::Regressions { domains } => of_regression(domains, precision),
        Further::Moments(moments) => of_moments(std::slice::from_ref(moments), precision),
        Further::Domains { domains } => of_moments(domains, precision),
        Further::CrossTable(table) => of_cross_table(table, precision),
        Further::CrossTables { domains } => of_domains(
            domains.iter().map(|table| (shown(&table.domain), of_cross_table(table, precision), String::new())),
        ),
    }
}

fn headings<const N: usize>(names: [&str; N]) -> Vec<Vec<String>> {
    vec![names.map(str::to_owned).to_vec()]
}

/// Tables of the same columns one below the other, each line with its domain in front; a domain without lines tells why.
fn of_domains(domains: impl Iterator<Item = (String, Vec<Vec<String>>, String)>) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = Vec::new();
    for (name, mut lines, problems) in domains {
        if lines.len() == 1 {
            let mut line = vec![String::new(); lines[0].len()];
            line[0] = problems;
            lines.push(line);
        }
        let skipped = usize::from(!all.is_empty());
        for (at, mut line) in lines.into_iter().enumerate().skip(skipped) {
            line.insert(0, if at == 0 { "domain".to_owned() } else { name.clone() });
            all.push(line);
        }
    }
    all
}

fn of_tests(tests: &Tests, precision: Precision) -> Vec<Vec<String>> {
    let number = |value: Option<f64>| number(value, precision);
    let mut lines =
        headings(["test", "of", "statistic", "ndf", "ddf", "p", "p_holm", "diff", "se", "ci_lower", "ci_upper", "n"]);
    if let Some(independence) = &tests.independence {
        let mut push = |name: &str, of: &str, values: [Option<f64>; 4]| {
            let mut line = vec![name.to_owned(), of.to_owned()];
            line.extend(values.map(number));
            line.extend([""; 5].map(str::to_owned));
            line.push(independence.n.to_string());
            lines.push(line);
        };
        if let Some(test) = independence.rao_scott_f {
            push("rao_scott_F", "F", [Some(test.f), Some(test.ndf), Some(test.ddf), test.p]);
        }
        if let Some(test) = independence.rao_scott_chisq {
            push("rao_scott_chisq", "X2", [Some(test.x2), Some(test.df), None, test.p]);
        }
        for (name, test) in [("wald", independence.wald), ("adj_wald", independence.adj_wald)] {
            if let Some(test) = test {
                push(name, "F", [Some(test.f), Some(test.ndf), Some(test.ddf), test.p]);
            }
        }
    }
    let differences = tests.ttest.iter().chain(tests.comparisons.iter().flatten());
    lines.extend(differences.map(|difference| of_difference(difference, precision)));
    lines
}

fn of_difference(difference: &Difference, precision: Precision) -> Vec<String> {
    let number = |value: Option<f64>| number(value, precision);
    let others = difference.b.as_ref().map_or_else(|| "others".to_owned(), |label| label.text());
    let mut line = vec!["t".to_owned(), format!("{} - {others}", difference.a.text())];
    line.extend([number(difference.t), String::new(), difference.df.to_string()]);
    line.extend([difference.p, difference.p_holm, difference.diff, difference.se].map(number));
    line.extend(difference.ci.map(number));
    line.push(difference.n.to_string());
    line
}

fn of_regression(domains: &[Fitted], precision: Precision) -> Vec<Vec<String>> {
    let number = |value: Option<f64>| number(value, precision);
    let mut lines = headings(["coefficient", "family", "est", "se", "t", "df", "p", "ci_lower", "ci_upper", "n"]);
    let by_domain = domains.iter().any(|fitted| !fitted.domain.is_empty());
    if by_domain {
        lines[0].insert(0, "domain".to_owned());
        lines[0].push("why_missing".to_owned());
    }
    for fitted in domains {
        let family = format!("{:?}", fitted.family).to_lowercase();
        let mut own: Vec<Vec<String>> = Vec::new();
        for (at, (name, estimate)) in fitted.coef.iter().enumerate() {
            let of = |list: &[(String, Option<f64>)]| number(list.get(at).and_then(|(_, value)| *value));
            let ci = fitted.ci.get(at).map_or([None, None], |(_, ci)| *ci);
            let mut line = vec![name.clone(), family.clone(), number(*estimate), of(&fitted.se), of(&fitted.t)];
            line.extend([fitted.df_residual.to_string(), of(&fitted.p)]);
            line.extend(ci.map(number));
            line.push(fitted.n.to_string());
            own.push(line);
        }
        if own.is_empty() {
            let mut line = vec![String::new(), family];
            line.extend([""; 7].map(str::to_owned));
            line.push(fitted.n.to_string());
            own.push(line);
        }
        for mut line in own {
            if by_domain {
                line.insert(0, shown(&fitted.domain));
                line.push(fitted.problems.iter().map(|problem| problem.code).collect::<Vec<_>>().join(", "));
            }
            lines.push(line);
        }
    }
    lines
}

fn of_moments(domains: &[Moments], precision: Precision) -> Vec<Vec<String>> {
    let mut lines = headings(["domain", "variables", "cov", "se", "cor", "cor_se", "n"]);
    for moments in domains {
        for i in 0..moments.vars.len() {
            for j in 0..=i {
                let mut line = vec![shown(&moments.domain), format!("{}, {}", moments.vars[i], moments.vars[j])];
                let values = [&moments.cov, &moments.se, &moments.cor, &moments.cor_se];
                line.extend(values.map(|matrix| number(matrix[i][j], precision)));
                line.push(moments.n[i][j].to_string());
                lines.push(line);
            }
        }
    }
    lines
}

fn of_cross_table(table: &CrossTable, precision: Precision) -> Vec<Vec<String>> {
    let mut lines = headings([
        "cell",
        "share",
        "est",
        "se",
        "ci_lower",
        "ci_upper",
        "df",
        "n_cell",
        "n_base",
        "flag",
        "why_missing",
    ]);
    for cell in &table.cells {
        let name = format!("{}={}; {}={}", table.row, cell.row.text(), table.col, cell.col.text());
        for (of, share) in [("table", &cell.of_table), ("row", &cell.of_row), ("column", &cell.of_col)] {
            lines.push(of_share(&name, of, share, cell.n, precision));
        }
    }
    let tests = Tests { independence: Some(table.tests.clone()), ..Tests::default() };
    for test in of_tests(&tests, precision).iter().skip(1) {
        let mut line = vec![test[0].clone(), test[1].clone(), test[2].clone()];
        line.extend([""; 3].map(str::to_owned));
        line.extend([format!("{} {}", test[3], test[4]).trim().to_owned(), String::new(), test[11].clone()]);
        line.extend([format!("p = {}", test[5]), String::new()]);
        lines.push(line);
    }
    lines
}

fn of_share(name: &str, of: &str, share: &Share, n_cell: usize, precision: Precision) -> Vec<String> {
    let number = |value: Option<f64>| number(value, precision);
    let mut line = vec![name.to_owned(), of.to_owned(), number(share.est), number(share.se)];
    line.extend(share.ci.map(number));
    line.extend([share.df.to_string(), n_cell.to_string(), share.n.to_string()]);
    line.push(super::flag(share.small_cell.as_ref()));
    line.push(reason(share.why_missing));
    line
}
