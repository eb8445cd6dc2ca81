/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which file of the certificate scheme a path names: …/etc/sf/ca_root/cacert.pem, …/var/sf/peers/<UUID>/certs_pushed/…,
 * also below ngfw/, and in the flattened form of bundles (var-sf-peers/<UUID>/…). Names are compared exactly: what is
 * only nearly one of them ("sftunnel-key.pem\x01", "….backup") is a stray one. LL-*.pem are another set. Pure.
 */
#ifndef AGENT_SOURCES_PLACES_H
#define AGENT_SOURCES_PLACES_H

#include "agent/diagnosis/disk.h"
#include "base/buf.h"
#include "base/slice.h"

struct place {
    enum disk_place place;
    struct slice peer_uuid; /* borrowed from the path; empty when it is of no peer */
    struct slice base;      /* the last component */
    bool pushed;            /* below certs_pushed/ */
    size_t root;            /* length of the path of the appliance's root; SIZE_MAX: not said */
    bool odd_name;          /* of a stray one: bytes that can't be seen, '?' in their place, or blanks at the ends */
};

/* false: none of them. '/' and '!' part a path. DISK_LOOSE: the right name in a folder that says nothing. */
bool places_of(struct slice path, struct place *out);
/* As the appliance calls it: "/var/sf/peers/<UUID>/cacert.pem"; a loose one by its last component. */
/* A file in the folder of a peer itself, peers/<UUID>/NAME: whose. */
bool places_of_peer(struct slice path, struct slice *uuid);
void places_print(struct buf *b, const struct place *p);
/* Is this the name of a file beside those of a folder of the scheme, and which of them is it meant to be? */
bool places_stray(struct slice name, bool *odd);

#endif
