/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For Prometheus: the text format 0.0.4, as the textfile collector of node_exporter takes it (no time stamps, HELP and
 * TYPE, each series once). Dates are absolute, so that a series neither changes nor ends when a certificate has
 * expired. Certificates are told apart by `fingerprint`, because every InternalCA has one name and serial number 0.
 *
 * Labels: observer (the host, or the UUID of the appliance whose files these are), fmc (its UUID), peer (its name, else
 * its address, else its UUID), peer_uuid; those of an appliance's own files have neither of the latter two.
 */
#ifndef AGENT_REPORT_PROM_H
#define AGENT_REPORT_PROM_H

#define PROM_FINGERPRINT 8 /* bytes of the SHA-256 */
#define PROM_MODE 0644     /* of a new file: the collector is another user */

#endif
