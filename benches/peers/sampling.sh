#!/usr/bin/env bash
# sampling.sh FOLDER [PYTHON [COMMUNES.csv]]: selection by khaosat, R sampling and svy on the same frames, one after the other in
# one run; prints a Markdown table at the end. Needs Rscript with the package sampling, and a Python with svy, polars and numpy
# (default python3). FOLDER gets the frames (1.1 GB for 27 million units and the smaller ones) and results.tsv. With a census
# table of communes, whole national draws in four stages too.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"; folder=$(cd "$1" && pwd) python=${2:-python3} communes=${3:-}
"$python" "$here/make_frame.py" "$folder" 2000 100000 1000000 3000000 9000000 27000000
cargo bench -q -p khaosat-sampling --bench selection --no-run
bench() { cargo bench -q -p khaosat-sampling --bench selection -- "$@"; }
r() { timeout 900 Rscript "$here/r_select.R" "$folder" "$@" 2>/dev/null || echo -e "R sampling\t-\t$2\t$1\t$3\tfailed"; }
svy() { timeout 600 "$python" "$here/svy_select.py" "$folder" "$@" 2>/dev/null || echo -e "svy\t-\t$2\t$1\t$3\tfailed"; }
{
  for n in 1000000 3000000 9000000 27000000; do
    bench frame "$folder" "$n" national 300 7
    r "$n" national 300 3
    svy "$n" national 300 3
  done
  for n in 2000 100000; do
    for job in sampford brewer pivotal tille; do
      bench frame "$folder" "$n" $job 200 21
      case $job-$n in
        tille-100000) ;;                                        # R: memory N²
        brewer-100000) r "$n" brewer 200 1 ;;                   # weighs all units at every draw
        *) r "$n" $job 200 5 ;;
      esac
      case $job in brewer) svy "$n" $job 200 3 ;; esac
    done
    r "$n" sampford_given_pi 200 21
  done
} | tee "$folder/results.tsv"
echo
"$python" "$here/sampling_table.py" "$folder/results.tsv"
if [ -n "$communes" ]; then
  "$python" "$here/make_villages.py" "$communes" "$folder/villages.csv"
  for run in 1 2 3; do bench draw "$folder/villages.csv" "$here/four-stages.toml" 21; done
fi
