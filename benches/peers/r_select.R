# r_select.R FOLDER N JOB RUNS: R package sampling on a frame of make_frame.py; one line a job: tool, job, N, milliseconds.
a <- commandArgs(TRUE); folder <- a[1]; N <- as.numeric(a[2]); job <- a[3]; runs <- as.integer(a[4])
suppressMessages(library(sampling))
x <- readBin(file.path(folder, sprintf("sizes_%.0f.f64", N)), "double", N)
h <- if (job == "national") readBin(file.path(folder, sprintf("strata_%.0f.i32", N)), "integer", N)
one <- switch(job,
  national = function() { # 300 in each stratum, systematic proportional to size
    ends <- cumsum(tabulate(h + 1L, 63)); starts <- c(0, head(ends, -1)) + 1
    unlist(lapply(1:63, function(s) { y <- x[starts[s]:ends[s]]; starts[s] - 1 + which(UPsystematic(inclusionprobabilities(y, 300)) == 1) }))
  },
  sampford = function() which(UPsampford(inclusionprobabilities(x, 200)) == 1),
  sampford_given_pi = { p <- inclusionprobabilities(x, 200); function() which(UPsampford(p) == 1) },
  brewer = function() which(UPbrewer(inclusionprobabilities(x, 200)) == 1),
  pivotal = function() which(UPpivotal(inclusionprobabilities(x, 200)) == 1),
  tille = function() which(UPtille(inclusionprobabilities(x, 200)) == 1))
set.seed(4)
times <- sapply(seq_len(runs), function(i) { t <- proc.time()[[3]]; s <- one(); stopifnot(length(s) == if (job == "national") 18900 else 200); (proc.time()[[3]] - t) * 1000 })
cat(sprintf("R sampling %s\t%s\t%.0f\t%.1f\n", packageVersion("sampling"), job, N, median(times)))
