#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The laboratory's pmtool: of the appliance's processes it knows sftunnel. What restartbyid prints is not known: nothing here.
# /etc/lab/faults/tunnel-stays-down: it is stopped and does not come back.
run=/var/sf/run
pidfile=$run/sftunnel.pid

pid_of() {
    local pid=""
    { read -r pid < $pidfile; } 2> /dev/null
    [ -n "$pid" ] && kill -0 "$pid" 2> /dev/null && echo "$pid"
}

stop() {
    local pid
    pid=$(pid_of) || return 0
    kill "$pid"
    while kill -0 "$pid" 2> /dev/null; do
        sleep 0.02
    done
    rm -f $pidfile $run/sftunnel.status $run/sftunneld.sock
}

start() {
    [ ! -e /etc/lab/faults/tunnel-stays-down ] || return 0
    /usr/local/sf/bin/sftunneld < /dev/null > /dev/null 2>> /var/log/process_stderr.log || return 1
    for _ in {1..200}; do
        [ ! -s $run/sftunnel.status ] || return 0
        sleep 0.02
    done
    return 1
}

status() {
    local pid
    if pid=$(pid_of); then
        echo "sftunnel (system) - Running $pid"
    else
        echo "sftunnel (system) - Down"
    fi
    echo "Command: /ngfw/usr/local/sf/bin/sftunneld -d -f /etc/sf/sftunnel.conf"
    echo "PID File: /ngfw$pidfile"
    echo "Enable File: /ngfw/etc/sf/sftunnel.run"
}

case "$1" in
    status) status ;;
    restartbyid | restartById) [ "$2" = sftunnel ] || exit 1; stop; start ;;
    disablebyid) [ "$2" = sftunnel ] || exit 1; stop ;;
    enablebyid) [ "$2" = sftunnel ] || exit 1; pid_of > /dev/null || start ;;
    *) echo "usage: pmtool status|restartbyid|disablebyid|enablebyid" >&2; exit 1 ;;
esac
