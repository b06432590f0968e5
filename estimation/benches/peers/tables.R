# Rscript tables.R DIR JOB: the jobs of benches/tables.rs by R's survey package, on DIR/national.csv (tables.py DIR csv national).
# JOB mean: every item on its own answerers. JOB cells: three items by province x sex (times 40 for 120).
suppressMessages({library(survey); library(data.table)})
arguments <- commandArgs(TRUE)
data <- as.data.frame(fread(file.path(arguments[1], "national.csv")))
items <- paste0("q", 1:120)
design <- svydesign(~psu, strata = ~strat, weights = ~w, data = data, nest = TRUE)
timed <- function(label, expression) {
  times <- system.time(result <- eval(expression, globalenv()))
  peak <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
  cat(sprintf("R %s survey %s %s: %.3f s, processor %.3f s, %s\n", getRversion(), packageVersion("survey"), label,
              times[["elapsed"]], times[["user.self"]] + times[["sys.self"]], peak))
  result
}
formula_of <- function(item) as.formula(paste0("~", item))
if (arguments[2] == "mean") {
  means <- timed("national", quote(lapply(items, function(item) svymean(formula_of(item), design, na.rm = TRUE))))
  cat(sprintf("  first: est %.12f se %.12f\n", coef(means[[1]]), SE(means[[1]])))
} else {
  cells <- timed("national-cells, 3 of 120 items", quote(lapply(items[1:3], function(item)
    svyby(formula_of(item), ~ province + sex, design, svymean, na.rm = TRUE))))
  cat(sprintf("  first: est %.12f se %.12f\n", cells[[1]]$q1[1], cells[[1]]$se[1]))
}
