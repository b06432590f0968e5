#!/usr/bin/env bash
# sampling.sh FOLDER [PYTHON]: selection by khaosat, R sampling and svy on the same frames, one after the other in one run.
# Needs Rscript with the package sampling, and a Python with svy, polars and numpy (default python3). FOLDER gets the frames
# (1.1 GB for 27 million units and the smaller ones) and results.tsv. Each tool has the machine for itself while it is timed.
set -euo pipefail
folder=$1 python=${2:-python3} here=$(dirname "$0")
mkdir -p "$folder"
"$python" "$here/make_frame.py" "$folder" 100000 1000000 3000000 9000000 27000000
cargo bench -q -p khaosat-sampling --bench selection --no-run
bench() { cargo bench -q -p khaosat-sampling --bench selection -- "$@"; }
{
  for n in 1000000 3000000 9000000 27000000; do
    bench frame "$folder" "$n" national 5
    Rscript "$here/r_select.R" "$folder" "$n" national 3 || echo -e "R sampling\tnational\t$n\tfailed"
    "$python" "$here/svy_select.py" "$folder" "$n" national 1 || echo -e "svy\tnational\t$n\tfailed"
  done
  for job in sampford brewer pivotal tille; do
    bench frame "$folder" 100000 $job 21
    case $job in
      brewer|tille) echo -e "R sampling\t$job\t100000\tnot run: takes time and memory N·n or more" ;;
      *) Rscript "$here/r_select.R" "$folder" 100000 $job 5 ;;
    esac
    case $job in
      sampford|brewer) timeout 600 "$python" "$here/svy_select.py" "$folder" 100000 $job 1 || echo -e "svy\t$job\t100000\tfailed or over 600 s" ;;
    esac
  done
  Rscript "$here/r_select.R" "$folder" 100000 sampford_given_pi 21
} | tee "$folder/results.tsv"
