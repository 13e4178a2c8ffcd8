
# ---- Nothing below depends on the run -----------------------------------------------------------------------------

work=$output.parts     # what the tasks leave; of no use when all is merged
run=$work/$id.axbrun   # the prepared run
name=axb-$id           # of the jobs

part_file() { echo "$work/$id-$1-of-$parts.shard"; }

# The file of a range of the output: of pairs.csv, pairs-0001.csv ...
range_file() {
    file=${output##*/}
    printf '%s%s-%04d%s' "${output%"$file"}" "${file%%.*}" "$1" "${file#"${file%%.*}"}"
}

merge() {
    set -- "$work/$id"-*-of-"$parts".shard
    [ "$ranges" -gt 1 ] || exec "$axb" merge "$@" -o "$output"
    exec "$axb" merge "$@" --range "$SLURM_ARRAY_TASK_ID/$ranges" -o "$(range_file "$SLURM_ARRAY_TASK_ID")"
}

# Does what a task is for. Slurm says two minutes before the time is over that it will be; axb then keeps what it has
# found. A task that was stopped or killed is started again, and goes on from there.
task() {
    "$@" &
    pid=$!
    trap 'kill -TERM $pid 2>/dev/null || true' TERM
    status=0
    wait $pid || status=$?
    while kill -0 $pid 2>/dev/null; do
        wait $pid && status=0 || status=$?
    done
    trap - TERM
    [ $status = 0 ] && exit
    if { [ $status = 75 ] || [ $status -gt 128 ]; } && [ "${SLURM_RESTART_COUNT:-0}" -lt "$tries" ]; then
        echo "axb ended with $status; Slurm starts this task again" >&2
        scontrol requeue "${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}" || exit $status
        sleep 60
    fi
    exit $status
}

# submit TASK LOG OPTION...: prints the number of the job. The log's name has no percent sign that Slurm would read.
submit() {
    step=$1
    log=$(printf %s "$work/$2" | sed 's/%/%%/g; s/%%a\.log$/%a.log/')
    shift 2
    job=$(sbatch --parsable --job-name="$name" --output="$log" --open-mode=append --requeue --signal=B:TERM@120 \
        --kill-on-invalid-dep=yes "$@" "$script" "$step")
    echo "${job%%;*}"
}

# The parts that do not exist or are not whole: "3,7", or "".
missing_parts() {
    set -- "$work/$id"-*-of-"$parts".shard
    if [ -e "$1" ]; then
        "$axb" merge --missing -q "$@" || echo "1-$parts"
    else
        echo "1-$parts"
    fi
}

# Does a file not exist, or is it older than a part?
is_old() { [ ! -e "$1" ] || [ -n "$(find "$work" -name "$id-*.shard" -newer "$1")" ]; }

old_ranges() {
    range=0
    while [ $((range += 1)) -le "$ranges" ]; do
        is_old "$(range_file "$range")" && printf '%s,' "$range"
    done
    true
}

# submit_merge AFTER: prints the number of the job, if there is something to merge.
submit_merge() {
    if [ "$ranges" -gt 1 ]; then
        which=1-$ranges
        [ -n "$1" ] || which=$(old_ranges)
        [ -n "$which" ] && submit merge merge-%a.log ${1:+"$1"} --array="${which%,}" --cpus-per-task=1 --mem="$merge_memory"
    elif [ -n "$1" ] || is_old "$output"; then
        submit merge merge.log ${1:+"$1"} --cpus-per-task=1 --mem="$merge_memory"
    fi
    true
}

submit_missing() {
    if [ -n "$(squeue --noheader --user="$(id -un)" --name="$name")" ]; then
        echo "the jobs of this run have not ended; squeue --name=$name shows them" >&2
        exit 1
    fi
    mkdir -p "$work"
    after=
    if [ -e "$run" ] && [ -n "$(changed)" ]; then
        echo "a table has changed, so all is done again" >&2
        rm -f "$work/$id"*
    fi
    if [ $prepared = no ]; then
        : >>"$run"
    elif [ ! -e "$run" ]; then
        job=$(submit prepare prepare.log --cpus-per-task="$prepare_cpus" --mem="$prepare_memory")
        echo "job $job prepares the run" >&2
        after=--dependency=afterok:$job
    fi
    missing=$(missing_parts)
    if [ -n "$missing" ]; then
        job=$(submit part part-%a.log ${after:+"$after"} --array="$missing" --cpus-per-task="$part_cpus" --mem="$part_memory")
        echo "job $job does the parts $missing of $parts" >&2
        after=--dependency=afterok:$job
    fi
    job=$(submit_merge "$after")
    if [ -n "$job" ]; then
        echo "job $job merges them" >&2
    else
        echo "nothing is missing; rm -r $work removes the parts" >&2
    fi
}

script=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/$(basename -- "$0")
cd -- "$folder"
case ${1-submit} in
submit) submit_missing ;;
prepare) task prepare --prepare "$run" ;;
part)
    i=$SLURM_ARRAY_TASK_ID
    task part --shard "$i/$parts" --resume "$work/$id-$i-of-$parts.journal" -o "$(part_file "$i")"
    ;;
merge) task merge ;;
*)
    echo "sh $0 submits what is missing" >&2
    exit 64
    ;;
esac
