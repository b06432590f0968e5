# Makes the cases of calibration and replication that the collection does not hold, next to this file:
#   cd estimation/tests/reference && Rscript weighting_and_replication.R
# Made with R 4.2.2 and survey 4.1-1 (Debian).
suppressMessages({ library(survey); library(jsonlite) })
options(survey.lonely.psu = "fail", digits = 17)
TOOL <- list(R = paste(R.version$major, R.version$minor, sep = "."), survey = as.character(packageVersion("survey")))
read <- function(name) read.csv(file.path("data", name), stringsAsFactors = FALSE, na.strings = "", check.names = FALSE)
put <- function(id, data, design, estimand, expected, r_call, tol = 1e-8) {
  case <- list(id = id, data = file.path("data", data), made_with = TOOL, r_call = r_call, design = design,
               estimand = estimand, tolerance_rel = tol, expected = expected)
  writeLines(toJSON(case, auto_unbox = TRUE, digits = I(17), null = "null", na = "null", pretty = TRUE),
             file.path("cases", paste0(id, ".json")))
}
f <- function(v) as.formula(paste("~", v))
row <- function(object, name, stat, df, domain = NULL) {
  est <- as.numeric(coef(object)); se <- as.numeric(SE(object)); t <- qt(.975, df)
  list(domain = domain, name = name, stat = stat, est = est, se = se, df = df, ci_t = est + c(-1, 1) * t * se)
}
both <- function(des, vars, by = NULL) {
  out <- list(); df <- as.numeric(degf(des))
  for (v in vars) {
    out <- c(out, list(row(svymean(f(v), des, na.rm = TRUE), v, "mean", df), row(svytotal(f(v), des, na.rm = TRUE), v, "total", df)))
    if (!is.null(by)) for (l in sort(unique(des$variables[[by]])))
      out <- c(out, list(row(svymean(f(v), subset(des, des$variables[[by]] == l), na.rm = TRUE), v, "mean", df, setNames(list(l), by))))
  }
  out
}
st <- read("apistrat.csv"); c1 <- read("apiclus1.csv"); pa <- read("papi1.csv")
S <- list(strata = "stype", weights = "pw", fpc = "fpc"); K <- list(ids = "dnum", weights = "pw", fpc = "fpc")
dst <- svydesign(~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = st)
d1 <- svydesign(~dnum, weights = ~pw, fpc = ~fpc, data = c1); d1n <- svydesign(~dnum, weights = ~pw, data = c1)
V <- c("api00", "enroll")
pt <- c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018, api99 = 3914069)
ct <- list(intercept = 6194, stype = list(H = 755, M = 1018), api99 = 3914069)
cal <- function(id, data, design, des, spec, call, by = NULL)
  put(id, data, design, c(list(kind = "calibration", vars = V, by = by), spec), list(weights = as.numeric(weights(des)), estimates = both(des, V, by)), call, 1e-7)
cal("apistrat_cal_logit_bounded", "apistrat.csv", S, calibrate(dst, ~stype + api99, pt, calfun = "logit", bounds = c(.8, 1.2), epsilon = 1e-12),
    list(method = "logit", totals = ct, bounds = c(.8, 1.2)), "calibrate(design, ~stype+api99, totals, calfun='logit', bounds=c(.8,1.2), epsilon=1e-12)", by = "sch_wide")
cal("apistrat_cal_linear_bounded", "apistrat.csv", S, calibrate(dst, ~stype + api99, pt, bounds = c(.95, 1.06), epsilon = 1e-12),
    list(method = "linear", totals = ct, bounds = c(.95, 1.06)), "calibrate(design, ~stype+api99, totals, bounds=c(.95,1.06), epsilon=1e-12)")
cal("apiclus1_cal_raking_bounded", "apiclus1.csv", K, calibrate(d1, ~stype + api99, pt, calfun = "raking", bounds = c(.4, 3), epsilon = 1e-12),
    list(method = "raking", totals = ct, bounds = c(.4, 3)), "calibrate(design, ~stype+api99, totals, calfun='raking', bounds=c(.4,3), epsilon=1e-12)")
# two calibrations, one after the other: the variance residualizes on both
types <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018)); wide <- data.frame(sch_wide = c("No", "Yes"), Freq = c(1072, 5122))
post <- list(step = "poststratify", var = "stype", counts = list(E = 4421, H = 755, M = 1018))
cal("apiclus1_cal_stacked", "apiclus1.csv", c(K, list(weighting = list(post))),
    calibrate(postStratify(d1, ~stype, types), ~api99, c(`(Intercept)` = 6194, api99 = 3914069)),
    list(method = "linear", totals = list(intercept = 6194, api99 = 3914069)), "calibrate(postStratify(design, ~stype, pop), ~api99, totals)", by = "awards")
# four stages with unequal probabilities, calibrated; the rules for lonely PSUs see the whole design
options(survey.lonely.psu = "certainty")
D <- list(ids = c("district", "commune", "village", "rid"), strata = c("strat_d", "cert_c", "cert_v"), fpc = c("f_d", "f_c", "f_v", "f_h"), pps = "brewer", lonely_psu = "certainty")
d4 <- svydesign(~district + commune + village + rid, strata = ~strat_d + cert_c + cert_v, fpc = ~f_d + f_c + f_v + f_h, pps = "brewer", data = pa)
N <- sum(weights(d4)); urban <- round(N * c(.62, .38)); sex <- c(F = round(sum(urban) * .51), M = 0); sex["M"] <- sum(urban) - sex["F"]
u <- sort(unique(pa$urban))
r4 <- rake(d4, list(~sex, ~urban), list(data.frame(sex = names(sex), Freq = as.numeric(sex)), data.frame(urban = u, Freq = urban)), control = list(maxit = 500, epsilon = 1e-13))
put("papi1_D_brewer_raked", "papi1.csv", D, list(kind = "calibration", vars = c("dim1", "dim4"), by = "sex", method = "rake",
    margins = list(list(var = "sex", counts = as.list(sex)), list(var = "urban", counts = as.list(setNames(urban, u))))),
    list(weights = as.numeric(weights(r4)), estimates = both(r4, c("dim1", "dim4"), "sex")), "rake(design, list(~sex,~urban), margins, control=list(maxit=500, epsilon=1e-13))", 1e-7)
options(survey.lonely.psu = "fail")
# replicates made from the design by the program itself
rep <- function(id, data, design, des, by = NULL, ratio = TRUE, call) {
  out <- both(des, V, by); df <- as.numeric(degf(des))
  if (ratio) out <- c(out, list(row(svyratio(~api_stu, ~enroll, des), "api_stu/enroll", "ratio", df)))
  estimand <- list(kind = "replicate_variance", vars = V, by = by); if (ratio) estimand$ratios <- list(c("api_stu", "enroll"))
  put(id, data, design, estimand, list(estimates = out), call, 1e-9)
}
K0 <- list(ids = "dnum", weights = "pw")
rep("apiclus1_made_JK1", "apiclus1.csv", c(K0, list(replicates = list(type = "JK1"))), as.svrepdesign(d1n, type = "JK1"), "stype", call = "as.svrepdesign(design, type='JK1')")
rep("apiclus1_made_JK1_fpc_mse", "apiclus1.csv", c(K, list(replicates = list(type = "JK1", mse = TRUE))), as.svrepdesign(d1, type = "JK1", mse = TRUE), call = "as.svrepdesign(design, type='JK1', mse=TRUE)")
rep("apistrat_made_JKn_fpc", "apistrat.csv", c(S, list(replicates = list(type = "JKn"))), as.svrepdesign(dst, type = "JKn"), "sch_wide", call = "as.svrepdesign(design, type='JKn')")
# replicates go through poststratification, raking and calibration with the full-sample weights
jk <- as.svrepdesign(d1n, type = "JK1")
J <- c(K0, list(replicates = list(type = "JK1")))
rep("apiclus1_JK1_poststratified", "apiclus1.csv", c(J, list(weighting = list(post))), postStratify(jk, ~stype, types), "stype", call = "postStratify(as.svrepdesign(design, type='JK1'), ~stype, pop)")
rk <- list(step = "rake", margins = list(list(var = "stype", counts = post$counts), list(var = "sch_wide", counts = list(No = 1072, Yes = 5122))))
rep("apiclus1_JK1_raked", "apiclus1.csv", c(J, list(weighting = list(rk))), rake(jk, list(~stype, ~sch_wide), list(types, wide), control = list(maxit = 500, epsilon = 1e-13)), call = "rake(as.svrepdesign(design, type='JK1'), ...)")
lg <- list(step = "calibrate", method = "logit", totals = list(intercept = 6194, api99 = 3914069), bounds = c(.3, 4))
rep("apiclus1_JK1_logit", "apiclus1.csv", c(J, list(weighting = list(lg))), calibrate(jk, ~api99, c(`(Intercept)` = 6194, api99 = 3914069), calfun = "logit", bounds = c(.3, 4), epsilon = 1e-12), call = "calibrate(as.svrepdesign(design, type='JK1'), ~api99, totals, calfun='logit', bounds=c(.3,4))")
# balanced half samples: two PSUs in each of six strata (made of the first twelve districts), totals do not depend on the matrix
h <- c1[c1$dnum %in% sort(unique(c1$dnum))[1:12], ]; h$half <- (match(h$dnum, sort(unique(h$dnum))) - 1) %/% 2 + 1
write.csv(h[c("half", "dnum", "pw", "api00", "enroll")], "data/apiclus1_pairs.csv", row.names = FALSE, quote = FALSE)
dh <- svydesign(~dnum, strata = ~half, weights = ~pw, data = h)
for (rho in c(0, .3)) {
  bb <- as.svrepdesign(dh, type = if (rho > 0) "Fay" else "BRR", fay.rho = rho)
  out <- lapply(V, function(v) row(svytotal(f(v), bb), v, "total", as.numeric(degf(bb))))
  put(if (rho > 0) "apiclus1_pairs_Fay" else "apiclus1_pairs_BRR", "apiclus1_pairs.csv",
      list(ids = "dnum", strata = "half", weights = "pw", replicates = if (rho > 0) list(type = "Fay", rho = rho) else list(type = "BRR")),
      list(kind = "total", vars = V), list(estimates = out), "svytotal on as.svrepdesign(design, type='BRR'|'Fay', fay.rho=0.3)", 1e-9)
}
# propensities and trimming, for tests/weighting.rs
g <- c1; g$r <- as.numeric(seq_len(nrow(g)) %% 7 > 1)
m <- suppressWarnings(glm(r ~ api99 + stype, family = quasibinomial, weights = pw, data = g, control = list(epsilon = 1e-14)))
cat("propensities of rows 2, 51, 180:", format(fitted(m)[c(2, 51, 180)], digits = 15), "\n")
w <- c(1, 2, 3, 4, 5, 6, 7, 40, 50, 0.5); x <- svydesign(~1, weights = w, data = data.frame(w = w))
cat("trim once:", format(weights(trimWeights(x, upper = 20, lower = 1)), digits = 15), "\n")
cat("trim strict:", format(weights(trimWeights(x, upper = 14, lower = 1, strict = TRUE)), digits = 15), "\n")
