/* SPDX-License-Identifier: BSD-2-Clause */
/* ims.conf: what an appliance is, as KEY=value. Values may be quoted. */
#ifndef AGENT_SOURCES_IMS_H
#define AGENT_SOURCES_IMS_H

#include "agent/sources/facts.h"

void ims_read(struct facts *f, struct slice text);

/* ROLE_UNKNOWN for a model that is neither, e.g. a classic sensor. */
enum role ims_role(struct slice model);

#endif
