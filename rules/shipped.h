/* SPDX-License-Identifier: BSD-2-Clause */
/* rules/sftunnel.yaml as it was when this program was built; the source is written by rules/local.mk. */
#ifndef RULES_SHIPPED_H
#define RULES_SHIPPED_H

#include <stddef.h>

extern const unsigned char shipped_yaml[];
extern const size_t shipped_yaml_size;

#endif
