#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The laboratory's sftunnel_status.pl [PEER] and, called as sftunnel_status_brief.pl, the short form. It reads what the daemon writes.
export TZ=UTC
want=$1
status=/var/sf/run/sftunnel.status
own=$(< /etc/lab/address)

when() { printf '%(%a %b %e %H:%M:%S %Y)T' "$1"; }

channels() { # up|down A, up|down B
    [ "$a" = 0 ] || echo "Peer channel Channel-A is valid type (CONTROL), using 'eth0', connected to '$address' via '$own'"
    [ "$b" = 0 ] || echo "Peer channel Channel-B is valid type (EVENT), using 'eth0', connected to '$address' via '$own'"
}

yes_no() { # letter, 0|1: that a channel which is down is shown like this is assumed
    if [ "$2" = 1 ]; then
        echo "Cipher used = $cipher (strength:$bits bits)"
        echo "Channel$1 Connected: Yes, Interface eth0"
    else
        echo "Channel$1 Connected: No"
    fi
}

long() {
    echo "***********************"
    echo "**RUN STATUS****$address*************"
    yes_no A "$a"
    yes_no B "$b"
    echo "Registration: Completed."
    if [ "$a" = 1 ]; then
        echo "IPv4 Connection to peer '$address' Start Time: $(when "$since")"
    else
        echo "Connection to peer '$address' Attempted at $(when "$attempted")"
    fi
    echo "PEER INFO:"
    echo "sw_version 7.2.5"
    echo "sw_build 208"
    echo "Management Interfaces: 1"
    echo "eth0 (control events) $address,"
    channels
}

brief() {
    echo "PEER:$address"
    channels
    echo "Registration: Completed."
    if [ "$a" = 1 ]; then
        echo "IPv4 Connection to peer '$address' Start Time: $(when "$since") UTC"
        [ "$sent" = 0 ] || echo "Heartbeat Send Time: $(when "$sent") UTC"
        [ "$received" = 0 ] || echo "Heartbeat Received Time: $(when "$received") UTC"
        return
    fi
    echo "Connection to peer '$address' Attempted at $(when "$attempted") UTC"
    [ "$lost" = 0 ] || echo "Last disconnect time : $(when "$lost") UTC"
    [ "$lost" = 0 ] || echo "Last disconnect reason : Both control and event channel connections with peer went down"
}

case "$0" in
    *brief*) form=brief ;;
    *) form=long ;;
esac
[ -z "$want" ] || echo "Check peer $want at $0 line 39." >&2
if [ ! -s $status ]; then
    echo "sftunnel is not running" # assumed
    exit 1
fi
while read -r word rest; do
    if [ "$word" = start ] && [ $form = long ]; then
        echo "SFTUNNEL Start Time: $(when "$rest")"
        echo "Both IPv4 and IPv6 connectivity is supported"
        echo "Broadcast count = 2"
        echo "Reserved SSL connections: 0"
        echo "Management Interfaces: 1"
        echo "eth0 (control events) $own,"
    elif [ "$word" = peer ]; then
        read -r uuid address a b cipher bits since sent received attempted lost name <<< "$rest"
        case "$want" in
            "" | "$uuid" | "$address" | "$name") $form ;;
        esac
    fi
done < $status
