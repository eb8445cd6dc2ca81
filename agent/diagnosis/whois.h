/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the small files of a case say of a peer, found by any of its names: address, UUID or device name, whatever the
 * case of its letters. Inside of diagnose().
 */
#ifndef AGENT_DIAGNOSIS_WHOIS_H
#define AGENT_DIAGNOSIS_WHOIS_H

#include "agent/diagnosis/diagnose_parts.h"

struct whois;

struct whois *whois_new(const struct casefile *c); /* c is borrowed */
void whois_free(struct whois *w);                  /* takes NULL */

/* Fills the view's UUID, name, push and status, and its address when only the UUID was known. */
void whois_learn(struct whois *w, struct view *v);
/* Was this entry of casefile.pushes found for some view? */
bool whois_push_used(const struct whois *w, size_t push);
void whois_use_push(struct whois *w, size_t push);
/* The same for casefile.statuses. */
bool whois_status_used(const struct whois *w, size_t status);
void whois_use_status(struct whois *w, size_t status);

#endif
