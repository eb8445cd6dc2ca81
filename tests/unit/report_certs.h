/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stands in for agent/diagnosis/cert.c in the tests of the report: what certificates say is written by hand, also what
 * no encoder would make.
 */
#ifndef TESTS_UNIT_REPORT_CERTS_H
#define TESTS_UNIT_REPORT_CERTS_H

#include "agent/diagnosis/cert.h"

/* Adds one that says this. Strings are borrowed; its hashes are made of its number. */
uint32_t report_certs_add(struct certs *t, const struct cert *facts);

#endif
