# Cases of inference beyond the ones above: other data, missing answers, empty cells, categories, unequal probabilities.
# R 4.2.2 with the packages survey 4.1-1 and jsonlite; run in this folder: Rscript inference.R
suppressMessages({ library(survey); library(jsonlite) })
options(digits = 17, survey.lonely.psu = "fail")
made_with <- list(R = paste(R.version$major, R.version$minor, sep = "."), survey = as.character(packageVersion("survey")))
write_case <- function(id, data, design, estimand, expected, r_call, tolerance = 1e-9) {
  case <- list(id = id, data = data, made_with = made_with, r_call = r_call, design = design, estimand = estimand,
               tolerance_rel = tolerance, expected = expected)
  writeLines(toJSON(case, auto_unbox = TRUE, digits = I(17), null = "null", na = "null", pretty = TRUE),
             file.path("cases", paste0(id, ".json")))
}
plain <- function(x) as.numeric(x)

# Unequal probabilities: 40 counties of the 2004 election in the USA, drawn by Tille's method (package survey, data(election)).
data(election)
kept <- election_pps[c("Bush", "Kerry", "Nader", "p")]
write.csv(format(kept, digits = 17, trim = TRUE), "data/election.csv", row.names = FALSE, quote = FALSE)
write.csv(format(as.data.frame(election_jointprob), digits = 17, trim = TRUE), "data/election__joint.csv",
          row.names = FALSE, quote = FALSE)
counties <- read.csv("data/election.csv")
joint <- as.matrix(read.csv("data/election__joint.csv")); dimnames(joint) <- NULL
pps <- function(...) svydesign(id = ~1, fpc = ~p, data = counties, ...)
designs <- list(brewer = pps(pps = "brewer"), overton = pps(pps = "overton"), hartley_rao = pps(pps = HR()),
                ht = pps(pps = ppsmat(joint)), yg = pps(pps = ppsmat(joint), variance = "YG"),
                wr = svydesign(id = ~1, probs = ~p, data = counties))
of_design <- function(method) {
  total <- svytotal(~Bush + Kerry + Nader, designs[[method]])
  lapply(1:3, function(i) list(domain = NULL, name = names(coef(total))[i], method = method,
                               est = plain(coef(total)[i]), se = plain(SE(total)[i])))
}
write_case("election_pps_total", "data/election.csv",
           list(fpc = "p", joint_probabilities = "data/election__joint.csv"),
           list(kind = "pps_total", vars = c("Bush", "Kerry", "Nader")),
           list(estimates = do.call(c, lapply(names(designs), of_design))), "svytotal(~Bush + Kerry + Nader, svydesign(pps = ))")
rows_of <- function(value) lapply(seq_along(coef(value)), function(i) list(est = plain(coef(value)[i]), se = plain(SE(value)[i])))
for (method in c("overton", "ht", "yg")) {
  mean <- svymean(~Bush + Kerry, designs[[method]])
  design <- list(fpc = "p", pps = method)
  if (method != "overton") design$joint_probabilities <- "data/election__joint.csv"
  write_case(paste0("election_mean_", method), "data/election.csv", design,
             list(kind = "mean", vars = c("Bush", "Kerry")),
             list(estimates = Map(function(name, row) c(list(name = name), row), c("Bush", "Kerry"), rows_of(mean)) |> unname()),
             "svymean(~Bush + Kerry, svydesign(pps = ))")
}
known <- sum((election$p)^2) / 40
total <- svytotal(~Bush, pps(pps = HR(known)))
write_case("election_hartley_rao_known_sum", "data/election.csv",
           list(fpc = "p", pps = "hartley_rao", hartley_rao_sum = known), list(kind = "total", vars = "Bush"),
           list(estimates = list(list(name = "Bush", est = plain(coef(total)), se = plain(SE(total))))),
           "svytotal(~Bush, svydesign(pps = HR(sum(election$p^2)/40)))")

designs$hartley_rao <- pps(pps = HR(known))
write_case("election_pps_total_known_sum", "data/election.csv",
           list(fpc = "p", hartley_rao_sum = known),
           list(kind = "pps_total", vars = "Bush", methods = c("hartley_rao", "brewer", "wr")),
           list(estimates = lapply(c("hartley_rao", "brewer", "wr"), function(method) of_design(method)[[1]])),
           "svytotal(~Bush, svydesign(pps = HR(known)))")

# A stratified sample of schools with categories and missing answers (package survey, data(api)).
data(api)
schools <- apistrat[c("stype", "api00", "api99", "ell", "meals", "avg.ed", "sch.wide", "comp.imp", "awards", "pw", "fpc")]
names(schools) <- gsub("\\.", "_", names(schools))
# Every seventh school has lost an answer.
schools$ell[seq(7, 200, 7)] <- NA
schools$awards <- as.character(schools$awards); schools$awards[seq(5, 200, 11)] <- NA
schools$avg_ed <- round(schools$avg_ed, 2); schools$pw <- round(schools$pw, 6)
write.csv(schools, "data/apistrat_gaps.csv", row.names = FALSE, quote = FALSE, na = "")
schools <- read.csv("data/apistrat_gaps.csv", na.strings = "")
strata <- list(strata = "stype", weights = "pw", fpc = "fpc")
design <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = schools)
provinces <- read.csv("data/papi1.csv", na.strings = "")
papi <- list(ids = "village", strata = "district", weights = "w")
province <- svydesign(id = ~village, strata = ~district, weights = ~w, data = provinces)

fit <- function(id, data, design, of, formula, family = "gaussian", tolerance = 1e-8) {
  model <- suppressWarnings(svyglm(as.formula(formula), of, family = get(family)(),
                                   control = list(epsilon = 1e-14, maxit = 100)))
  table <- coef(summary(model))
  column <- function(at) as.list(setNames(plain(table[, at]), rownames(table)))
  terms <- lapply(attr(terms(model), "term.labels"), function(term) {
    test <- regTermTest(model, term)
    list(term = term, F = plain(test$Ftest), ndf = test$df, ddf = test$ddf, p = plain(test$p))
  })
  write_case(id, data, design, list(kind = "regression", family = family, formula = formula),
             list(coef = column(1), se = column(2), t = column(3), p = column(4), df_residual = model$df.residual,
                  terms = terms), paste("svyglm(", formula, ")"), tolerance)
}
fit("gaps_regression_category", "data/apistrat_gaps.csv", strata, design, "api00 ~ stype + ell + meals")
fit("gaps_regression_interaction", "data/apistrat_gaps.csv", strata, design, "api00 ~ stype * ell + factor(awards)")
fit("gaps_regression_no_intercept", "data/apistrat_gaps.csv", strata, design, "api00 ~ 0 + stype + awards + meals:awards")
fit("gaps_regression_logit", "data/apistrat_gaps.csv", strata, design, "I(sch_wide == \"Yes\") ~ stype + meals + I(ell > 20)",
    "quasibinomial")
fit("papi1_C_regression_logit", "data/papi1.csv", papi, province, "d1_q2 ~ age + sex + agegrp:urban", "quasibinomial")

tests <- function(id, data, design, of, row, col, y, g, lev) {
  table <- as.formula(paste("~", row, "+", col))
  of_f <- svychisq(table, of, statistic = "F"); of_x2 <- svychisq(table, of, statistic = "Chisq")
  wald <- function(statistic) {
    test <- svychisq(table, of, statistic = statistic)
    list(F = plain(test$statistic), ndf = plain(test$parameter[1]), ddf = plain(test$parameter[2]), p = plain(test$p.value))
  }
  # svyttest keeps its difference of degrees of freedom in the formula's model.
  t <- svyttest(as.formula(paste0(y, " ~ I(", g, " == '", lev, "')")), of)
  expected <- list(
    rao_scott_F = list(F = plain(of_f$statistic), ndf = plain(of_f$parameter[1]), ddf = plain(of_f$parameter[2]),
                       p = plain(of_f$p.value)),
    rao_scott_chisq = list(X2 = plain(of_x2$statistic), df = plain(of_x2$parameter), p = plain(of_x2$p.value)),
    wald = wald("Wald"), adj_wald = wald("adjWald"),
    ttest = list(diff = plain(t$estimate), t = plain(t$statistic), df = plain(t$parameter), p = plain(t$p.value),
                 ci = plain(t$conf.int)))
  write_case(id, data, design, list(kind = "tests", row = row, col = col, y = y, g = g, lev = lev), expected,
             "svychisq(), svyttest()", 1e-8)
}
tests("gaps_tests", "data/apistrat_gaps.csv", strata, design, "awards", "stype", "ell", "awards", "Yes")
tests("papi1_C_tests", "data/papi1.csv", papi, province, "d1_q2", "agegrp", "dim1", "sex", "F")
# A cell that nobody is in (Wald's matrix is singular then, in R too).
provinces$top <- ifelse(provinces$agegrp == "60+", ifelse(provinces$sex == "F", "a", "b"), ifelse(provinces$urban == 1, "b", "c"))
write.csv(provinces[c("village", "district", "w", "agegrp", "top")], "data/papi1_empty_cell.csv", row.names = FALSE,
          quote = FALSE)
province <- update(province, top = provinces$top)
empty <- svychisq(~top + agegrp, province, statistic = "F"); first <- svychisq(~top + agegrp, province, statistic = "Chisq")
write_case("papi1_empty_cell", "data/papi1_empty_cell.csv", papi, list(kind = "tests", row = "top", col = "agegrp"),
           list(rao_scott_F = list(F = plain(empty$statistic), ndf = plain(empty$parameter[1]), ddf = plain(empty$parameter[2]),
                                   p = plain(empty$p.value)),
                rao_scott_chisq = list(X2 = plain(first$statistic), df = plain(first$parameter), p = plain(first$p.value))),
           "svychisq(~top + agegrp)", 1e-8)

# Moments on complete rows, by domains.
moments <- function(rows) {
  complete <- subset(design, rows & complete.cases(schools[c("api00", "ell", "meals")]))
  v <- svyvar(~api00 + ell + meals, complete)
  matrix_of <- function(m) lapply(1:3, function(i) plain(as.matrix(m)[i, ]))
  list(cov = matrix_of(unclass(v)[1:3, 1:3]), se = matrix_of(matrix(sqrt(diag(attr(v, "var"))), 3)),
       cor = matrix_of(cov2cor(matrix(unclass(v)[1:9], 3))))
}
write_case("gaps_moments_by", "data/apistrat_gaps.csv", strata,
           list(kind = "variance_covariance", vars = c("api00", "ell", "meals"), by = "stype", missing = "listwise"),
           list(domains = lapply(c("E", "H", "M"), function(s) c(list(domain = list(stype = s)), moments(schools$stype == s)))),
           "svyvar(~api00 + ell + meals, subset(design, stype & complete))")
