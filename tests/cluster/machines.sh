# shellcheck shell=sh
# Two machines on this one, for a real mpirun: network namespaces with names of their own, between them a pair of
# virtual cards. mpirun starts the second rank through a launcher that enters its namespace, as ssh would. To be sourced.
#
#   machines_missing        prints what is missing here; nothing if nothing is missing
#   machines_open FOLDER    starts them, with files in FOLDER; $n1 and $n2 are processes that hold them; false: it cannot
#   machines_mpirun WORD... becomes mpirun on both, one rank each; to be called with & or in a subshell
#   machines_close          ends them, and all that runs on them
#
# They have the same processors, but for what $on1 and $on2 say, if these are set before: "taskset -c 0".
n1=
n2=

machines_missing() {
    for program in mpirun ip unshare nsenter; do
        command -v $program >/dev/null || { echo "there is no $program" && return; }
    done
    [ "$(id -u)" = 0 ] || echo "network namespaces need root here"
}

machines_open() {
    machines=$1
    for node in n1 n2; do
        unshare --net --uts sh -c "hostname axb-$node && : >$machines/$node && exec sleep 100000" &
        eval "$node=$!"
        tries=0
        until [ -e "$machines/$node" ]; do
            tries=$((tries + 1))
            [ $tries -lt 100 ] || return 1
            sleep 0.05
        done
    done
    ip link add eth0 netns "$n1" type veth peer name eth0 netns "$n2" 2>/dev/null || return 1
    number=1
    for pid in "$n1" "$n2"; do
        nsenter -t "$pid" -n sh -c "ip address add 10.66.0.$number/24 dev eth0 && ip link set eth0 up && ip link set lo up"
        number=$((number + 1))
    done
    cat >"$machines/launcher" <<END
#!/bin/sh
[ "\$1" = 10.66.0.2 ] || exit 1
shift
exec nsenter -t $n2 -n -u ${on2:-} env -i PATH="$PATH" HOME="$machines" OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 sh -c "\$*"
END
    chmod +x "$machines/launcher"
}

# shellcheck disable=SC2086 # several words, or none
machines_mpirun() {
    OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 exec nsenter -t "$n1" -n -u \
        ${on1:-} mpirun --host 10.66.0.1:1,10.66.0.2:1 --mca plm_rsh_agent "$machines/launcher" --leave-session-attached \
        --mca btl_tcp_if_include eth0 --mca oob_tcp_if_include eth0 --map-by ppr:1:node --bind-to none "$@"
}

# of_machine PID [WORD]: the processes of the machine that PID holds, whose command line has this word; none if that is
# this machine
of_machine() {
    its=$(stat -L -c %i "/proc/$1/ns/uts" 2>/dev/null) || return 0
    [ "$its" != "$(stat -L -c %i /proc/self/ns/uts)" ] || return 0
    ps -o pid=,utsns=,args= -e | awk -v ns="$its" -v word="${2:-}" \
        '$2 == ns { for (i = 3; i <= NF; i++) if (word == "" || $i == word) { print $1; next } }'
}

machines_close() {
    for holder in $n1 $n2; do
        for process in $(of_machine "$holder") "$holder"; do kill -KILL "$process" 2>/dev/null || true; done
    done
    wait 2>/dev/null
    n1=
    n2=
}
