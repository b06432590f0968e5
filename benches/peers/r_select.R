# r_select.R FOLDER N JOB n RUNS: R package sampling on a frame of make_frame.py; one line: tool, version, job, N, n, ms, peak MB.
a <- commandArgs(TRUE); folder <- a[1]; N <- as.numeric(a[2]); job <- a[3]; n <- as.numeric(a[4]); runs <- as.integer(a[5])
suppressMessages(library(sampling))
x <- readBin(file.path(folder, sprintf("sizes_%.0f.f64", N)), "double", N)
h <- if (job == "national") readBin(file.path(folder, sprintf("strata_%.0f.i32", N)), "integer", N)
one <- switch(job,
  national = function() { # n in each stratum, systematic proportional to size
    ends <- cumsum(tabulate(h + 1L, 63)); starts <- c(0, head(ends, -1)) + 1
    unlist(lapply(1:63, function(s) { y <- x[starts[s]:ends[s]]; starts[s] - 1 + which(UPsystematic(inclusionprobabilities(y, n)) == 1) }))
  },
  sampford = function() which(UPsampford(inclusionprobabilities(x, n)) == 1),
  sampford_given_pi = { p <- inclusionprobabilities(x, n); function() which(UPsampford(p) == 1) },
  brewer = function() which(UPbrewer(inclusionprobabilities(x, n)) == 1),
  pivotal = function() which(UPpivotal(inclusionprobabilities(x, n)) == 1),
  tille = function() which(UPtille(inclusionprobabilities(x, n)) == 1))
set.seed(4)
wanted <- if (job == "national") 63 * n else n
times <- sapply(seq_len(runs), function(i) { t <- proc.time()[[3]]; s <- one(); stopifnot(length(s) == wanted); (proc.time()[[3]] - t) * 1000 })
peak <- tryCatch(as.numeric(gsub("\\D", "", grep("VmHWM", readLines("/proc/self/status"), value = TRUE))) / 1024, error = function(e) NA)
cat(sprintf("R sampling\t%s\t%s\t%.0f\t%.0f\t%.2f\t%.0f\n", packageVersion("sampling"), job, N, n, median(times), peak))
