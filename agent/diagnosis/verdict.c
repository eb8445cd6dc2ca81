/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/verdict.h"

/* A NULL-terminated list with static life: all of these stand at file scope. */
#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* ---- what several verdicts say ---- */

#define CA_DATES "openssl x509 -dates -noout -in /etc/sf/ca_root/cacert.pem, as root on the FMC"
#define CA_DATES_FTD                                                                                                   \
    "openssl x509 -dates -noout -in /var/sf/peers/<FMC-UUID>/cacert.pem, as root on the FTD (<FMC-UUID> is the CN of " \
    "the issuer in the log)"
#define CA_KEYS                                                                                                        \
    "the keys of both ends' CA, as root: openssl x509 -noout -pubkey -in FILE | openssl sha256, with FILE "            \
    "/etc/sf/ca_root/cacert.pem on the FMC and /var/sf/peers/<FMC-UUID>/cacert.pem on the FTD; the names and the "     \
    "serial number are the same before and after a regeneration and tell nothing"
#define SET_FITS "on the FTD, as root, in /var/sf/peers/<FMC-UUID>: openssl verify -CAfile cacert.pem sftunnel-cert.pem"
#define KEY_FITS                                                                                                       \
    "on the FTD, as root, in /var/sf/peers/<FMC-UUID>: openssl x509 -noout -pubkey -in sftunnel-cert.pem, and "        \
    "openssl pkey -pubout -in sftunnel-key.pem: both print the same public key when they belong together"
#define OTHER_END                                                                                                      \
    "the log of the other end for the same seconds: /var/log/messages of the FMC, /ngfw/var/log/messages of the FTD"
#define CLOCKS "the clocks of both ends: date -u on each, in the same minute"

#define HOTFIX                                                                                                         \
    "Install the hotfix of your release on the FMC: it brings generate_certs.pl and needs no reboot. 7.0.0-7.0.6: FK " \
    "7.0.6.99-9; 7.2.0-7.2.9: FZ 7.2.9.99-4; 7.3.x: AE 7.3.1.99-4; 7.4.0-7.4.2: AO 7.4.2.99-5; 7.6.0: B 7.6.0.99-5. "  \
    "For 7.1.x and 6.x none is listed: ask Cisco TAC."
#define GATES                                                                                                          \
    "Wait until no backup or restore, SRU, VDB, domain, HA or upgrade task runs on the FMC and its Smart Agent is "    \
    "registered: generate_certs.pl refuses otherwise. With classic licences only, Cisco TAC has to bypass that check."
#define HA_ORDER                                                                                                       \
    "FMC high availability: the primary first, then the secondary. Each has its own InternalCA; for the primary, the " \
    "secondary is one more peer to be supplied."
#define GENERATE                                                                                                       \
    "On the FMC, as root, run generate_certs.pl once: it makes a new InternalCA and new certificates and pushes them " \
    "to every peer that is connected. A second run makes yet another CA."
#define PUSH                                                                                                           \
    "Supply the peers that are named in /var/tmp/certs/<time>/FAILED_PUSH with copy_sftunnel_certs.py, or by hand: "   \
    "cacert.pem, sftunnel-cert.pem and sftunnel-key.pem as one set (copies kept, mode 644, root:root) into "           \
    "/var/sf/peers/<FMC-UUID>, then on that FTD only: pmtool restartbyid sftunnel."
#define CHECK_STATUS "Check with sftunnel_status.pl on the FMC that the peer is connected again."
#define NEVER_RESTART_FMC "Never restart sftunnel on the FMC: that drops every peer at once."
#define BACKUP "Make a backup of the FMC, and look at the state of all peers (sftunnel_status.pl)."

#define REF_TAC "Cisco TAC 222464, Renewal of FMC Sftunnel CA Certificate for FTD Connectivity"
#define REF_FN "Cisco Field Notice FN74214"
#define REF_BUG "Cisco bug CSCwd08098: cacert.pem on FMC expired and all the devices showing as disabled"
#define REF_HEALTH "Cisco bug CSCwd08448: health alert for the expiry (with VDB 399 or later: within 90 days)"
#define REF_WEAK "Cisco bug CSCwa10423: err 68 after an upgrade of the FMC"
#define REF_REGISTER "Cisco TAC 215540, Configure, Verify, and Troubleshoot Firepower Device Registration"
#define REF_SFTUNNEL "Cisco TAC 225502, Troubleshoot sftunnel Communication"
#define REF_POST "Cisco Community thread 5354338: 7.2.5.1 to 7.6.2, sftunnel TLS failure"
#define REF_CODES "OpenSSL manual, X509_STORE_CTX_get_error(3)"
#define REF_ALERTS "RFC 5246 section 7.2 and RFC 8446 section 6: TLS alerts"

const char verdict_prohibition[] =
    "DO NOT reboot, upgrade or restart sftunnel on the FMC or on any FTD: tunnels that are still up on an expired or "
    "mismatched certificate do not come back. Hotfixes that need no reboot are excepted. Renew the certificates "
    "while the tunnels are up, as the next steps say.";

/* ---- the catalog ---- */

/* clang-format off: sentences */
static const struct verdict_info catalog[] = {
    [VERDICT_HEALTHY] = {
        .id = "SFT-1000", .name = "healthy", .severity = SEVERITY_OK,
        .title = "the tunnel is up",
        .meaning =
            "The last thing that was seen of this peer is a tunnel that is up, and nothing that was read expires "
            "soon. An expired CA does not break a running tunnel, so a log that shows no fault does not prove that "
            "the next connection will work: only the dates of the certificates do.",
        .causes = LIST("everything is as it should be",
            "the CA has expired, but the tunnel has not been re-established since"),
        .confirm = LIST(CA_DATES, "sftunnel_status.pl on the FMC, or sftunnel-status-brief on the FTD: connected, "
            "with recent heartbeats"),
        .refute = LIST("a notAfter in the past in cacert.pem or sftunnel-cert.pem (then it is SFT-1101)",
            "lines of this peer that are newer than what was read"),
        .next = LIST("Nothing is broken; look at the dates of the CA once: " CA_DATES "."),
        .references = LIST(REF_TAC, REF_FN),
    },
    [VERDICT_CA_EXPIRED] = {
        .id = "SFT-1001", .name = "ca_expired", .severity = SEVERITY_CRITICAL,
        .title = "the FMC's InternalCA has expired",
        .meaning =
            "The CA that signs both ends' sftunnel certificates is past its notAfter. The end that verifies refuses "
            "the chain (err 10 at depth 1, or deeper); the other end verifies fine and receives TLS alert 45, "
            "certificate expired. The InternalCA is valid for 3650 days from the build date of the FMC software "
            "that was first installed, and nothing renews it. Running tunnels go on; every new connection fails.",
        .causes = LIST("ten years have passed since the FMC's software was built",
            "a clock that is years ahead at the end that verifies: rare, but ruled out in a minute"),
        .confirm = LIST(CA_DATES, CA_DATES_FTD, OTHER_END " (err 10 at one end and alert 45 at the other are one "
            "fact seen twice)"),
        .refute = LIST("a notAfter in the future in the FMC's cacert.pem: then this peer has an old set (SFT-1005, "
            "SFT-1201)",
            "a wrong clock: " CLOCKS, "err 10 at depth 0 only: then the leaf has expired, not the CA (SFT-1003)",
            "err 12 at the other end: an expired revocation list causes alert 45 as well (SFT-1010)"),
        .next = LIST("Confirm the date of the CA on the FMC, then regenerate there and push to those that are down. "
            "Until then reboot and upgrade nothing.",
            BACKUP, HOTFIX, GATES, HA_ORDER, GENERATE, PUSH, CHECK_STATUS, NEVER_RESTART_FMC,
            "Only when every FTD is already disconnected: an upgrade of the FMC does no further harm.",
            "With FMC high availability, a switch to the secondary can bridge the time while its own CA is valid."),
        .references = LIST(REF_TAC, REF_FN, REF_BUG, REF_HEALTH),
    },
    [VERDICT_CA_EXPIRING] = {
        .id = "SFT-1002", .name = "ca_expiring", .severity = SEVERITY_WARNING,
        .title = "the FMC's InternalCA expires soon",
        .meaning =
            "The CA is valid, for less than 90 days (warning) or 30 (critical). This is the best time to renew it: "
            "while the tunnels are up the new certificates are pushed by the FMC itself, with no downtime.",
        .causes = LIST("the ten years of the InternalCA are nearly over, and nothing renews it"),
        .confirm = LIST(CA_DATES, "the FMC's own alert (VDB 399 or later)"),
        .refute = LIST("a wrong clock on the machine that read the certificate"),
        .next = LIST("Regenerate on the FMC while the tunnels are up.", BACKUP, HOTFIX, GATES, HA_ORDER, GENERATE,
            PUSH,
            CHECK_STATUS, NEVER_RESTART_FMC),
        .references = LIST(REF_TAC, REF_FN, REF_BUG, REF_HEALTH),
    },
    [VERDICT_LEAF_EXPIRED] = {
        .id = "SFT-1003", .name = "leaf_expired", .severity = SEVERITY_CRITICAL,
        .title = "the peer's own sftunnel certificate has expired, its CA has not",
        .meaning =
            "The end that verifies refuses the certificate at depth 0: the other end's sftunnel-cert.pem is past "
            "its notAfter, while the InternalCA that signed it is not. Only this certificate has to be issued again.",
        .causes = LIST("the certificate was issued for a shorter time than its CA",
            "the FMC's pair was renewed, and this end still shows the old one",
            "a clock that is ahead at the end that verifies"),
        .confirm = LIST("openssl x509 -dates -noout -in sftunnel-cert.pem, as root, in /etc/sf/keys of the FMC and "
            "in /var/sf/peers/<FMC-UUID> of the FTD: the end that was refused is the one to look at",
            CA_DATES),
        .refute = LIST("err 10 at depth 1 in the same attempt: then it is the CA (SFT-1001)",
            "a wrong clock: " CLOCKS),
        .next = LIST("Confirm the dates of both certificates; then have this one issued again with Cisco TAC and "
            "push the whole set. The CA stays.",
            "Do not regenerate the CA for one leaf: that would replace the certificates of every peer.",
            PUSH, CHECK_STATUS, NEVER_RESTART_FMC),
        .references = LIST(REF_TAC, REF_CODES),
    },
    [VERDICT_NOT_YET_VALID] = {
        .id = "SFT-1004", .name = "not_yet_valid", .severity = SEVERITY_CRITICAL,
        .title = "a certificate is not valid yet: a clock is wrong",
        .meaning =
            "The end that verifies finds a notBefore in its future (err 9); the other end receives TLS alert 42, "
            "bad certificate. The certificates are good; a clock is not. Typical right after a regeneration or a "
            "registration, when the new certificates begin at that very moment and one end's clock is behind.",
        .causes = LIST("the clock of the end that verifies is behind (no NTP, NTP not reached, after a power loss)",
            "the clock of the FMC was ahead when the certificates were made"),
        .confirm = LIST(CLOCKS, CA_DATES ": notBefore against the clock of the end that says err 9",
            "time stamps of the two ends' logs for the same connection"),
        .refute = LIST("equal clocks and a notBefore in the past at both ends"),
        .next = LIST("Repair the clock (NTP) of the end that is behind. Never regenerate: that makes a new "
            "notBefore and new trouble.",
            "Wait for the next attempt, or for the notBefore to pass when the difference is small.", CHECK_STATUS),
        .references = LIST(REF_REGISTER, REF_CODES),
    },
    [VERDICT_CA_MISMATCH] = {
        .id = "SFT-1005", .name = "ca_mismatch", .severity = SEVERITY_CRITICAL,
        .title = "the two ends hold different generations of the same CA",
        .meaning =
            "A signature does not fit the key of the CA at the end that verifies (err 7, certificate signature "
            "failure); the other end receives TLS alert 51, decrypt error. Both CAs have the same name and the same "
            "serial number, because a regenerated InternalCA is called like the old one: only their keys differ. "
            "Nothing has expired; one end has an old set, or a mixed one.",
        .causes = LIST("the CA was regenerated on the FMC, and this peer did not get the new set (it was down: "
            "FAILED_PUSH)",
            "only some of the three files reached the peer",
            "the FMC was restored from an older backup, or the other FMC of a pair was not done"),
        .confirm = LIST(CA_KEYS, SET_FITS, "this peer in /var/tmp/certs/<time>/FAILED_PUSH or in "
            "/var/log/sf/sfca_generation.log",
            OTHER_END),
        .refute = LIST("the same key in both ends' cacert.pem, and a sftunnel-cert.pem that verifies against it"),
        .next = LIST("Compare both ends' CA by key; then push the FMC's current set to this peer only. Do not "
            "regenerate again.",
            "Who says err 7 and who alert 51 tells which file is old: with err 7 at the FTD its cacert.pem does not "
            "fit what the FMC sends; with err 7 at the FMC it is the FTD's sftunnel-cert.pem.",
            PUSH, HA_ORDER, CHECK_STATUS, NEVER_RESTART_FMC),
        .references = LIST(REF_TAC, REF_CODES),
    },
    [VERDICT_UNKNOWN_CA] = {
        .id = "SFT-1006", .name = "unknown_ca", .severity = SEVERITY_CRITICAL,
        .title = "the peer's certificate is from a CA that is not known here",
        .meaning =
            "The end that verifies finds no CA for the other end's certificate (err 2, 18, 19, 20, 21 or 27); the "
            "other end receives TLS alert 48, unknown ca. Unlike SFT-1005 even the name is another one: the "
            "certificate belongs to another FMC, or the CA's file is missing. Nothing needs to have expired.",
        .causes = LIST("the FTD belongs, or belonged, to another FMC",
            "cacert.pem is missing or empty in the peer's directory",
            "one unit of a high-availability pair kept a certificate of another InternalCA",
            "something in between answers with its own certificate (SFT-1303)"),
        .confirm = LIST("the issuer in the log: its CN is the UUID of the FMC that owns the CA; compare it with "
            "APPLIANCE_UUID in /etc/sf/ims.conf of the FMC",
            "the directories under /var/sf/peers of the FTD: one per FMC, named by its UUID", SET_FITS, CA_KEYS),
        .refute = LIST("the issuer's CN is this FMC's UUID and its cacert.pem is there: then compare keys "
            "(SFT-1005)"),
        .next = LIST("Find out to which FMC the certificate belongs (CN of the issuer), then push the set of the "
            "right FMC, or register the device again.",
            "Do not regenerate the CA: it is not the one that is in use.", PUSH, CHECK_STATUS, NEVER_RESTART_FMC),
        .references = LIST(REF_TAC, REF_REGISTER, REF_POST, REF_CODES),
    },
    [VERDICT_WEAK_CERTIFICATE] = {
        .id = "SFT-1007", .name = "weak_certificate", .severity = SEVERITY_CRITICAL,
        .title = "a certificate is too weak for this release",
        .meaning =
            "The end that verifies refuses a key that is too short (err 66, 67) or a digest that is too old, such "
            "as MD5 or SHA-1 (err 68). It appears after an upgrade, because newer releases bring a stricter "
            "OpenSSL; the certificate itself has not changed and has not expired.",
        .causes = LIST("a device certificate that was issued by an old release with MD5 or SHA-1, after an upgrade "
            "of the FMC",
            "a key that is shorter than the new release accepts"),
        .confirm = LIST("openssl x509 -noout -text -in sftunnel-cert.pem: Signature Algorithm and Public-Key",
            "the FMC or the FTD was upgraded shortly before the first failure"),
        .refute = LIST("sha256WithRSAEncryption and a key of 2048 bits in every certificate of both ends"),
        .next = LIST("Have this device's certificate issued again, not the CA, as CSCwa10423 describes it (with "
            "Cisco TAC), and copy it to the device.",
            "For err 67 the CA itself is too weak: then it has to be regenerated (see SFT-1002 for the order of "
            "steps).",
            CHECK_STATUS),
        .references = LIST(REF_WEAK, REF_CODES),
    },
    [VERDICT_KEY_MISMATCH] = {
        .id = "SFT-1008", .name = "key_mismatch", .severity = SEVERITY_CRITICAL,
        .title = "private key and certificate do not belong together",
        .meaning =
            "sftunnel-key.pem is not the key of sftunnel-cert.pem. TLS can't start with such a pair, whatever the "
            "dates say.",
        .causes = LIST("only some of the three files were pushed or pasted",
            "a file was pasted into a name with invisible characters in it, so that the real one was never replaced",
            "files of two peers, or of two generations, were mixed"),
        .confirm = LIST(KEY_FITS, "ls -lb in /var/sf/peers/<FMC-UUID>: names with \\ escapes, files of 0 bytes"),
        .refute = LIST("both commands print the same public key"),
        .next = LIST("Push the whole set again: cacert.pem, sftunnel-cert.pem and sftunnel-key.pem together, never "
            "one of them.",
            PUSH, CHECK_STATUS, NEVER_RESTART_FMC),
        .references = LIST(REF_TAC),
    },
    [VERDICT_POST_HANDSHAKE_AUTH] = {
        .id = "SFT-1009", .name = "post_handshake_auth", .severity = SEVERITY_CRITICAL,
        .title = "TLS 1.3 client authentication after the handshake failed",
        .meaning =
            "Newer releases (seen with 7.6) use TLS 1.3 and ask for the client's certificate after the handshake. "
            "The peer did not offer that (\"extension not received\"), or its certificate was not accepted then. "
            "The TLS handshake itself looks successful, which misleads.",
        .causes = LIST("the peer is an older release, or is set to TLS 1.2, and does not offer post-handshake "
            "authentication",
            "the peer holds a certificate of another InternalCA, as one unit of a high-availability pair may after "
            "an upgrade",
            "something else than the expected peer answers"),
        .confirm = LIST("proxy_tls_version in /etc/sf/sftunnel.conf at both ends", "the releases of both ends",
            CA_KEYS, SET_FITS),
        .refute = LIST("the same TLS version and the same CA key at both ends"),
        .next = LIST("Compare the CAs of both ends by key, and their TLS versions in sftunnel.conf; align the FTD to "
            "the FMC.", NEVER_RESTART_FMC,
            "When the CAs differ: push the FMC's set to this peer, or register it again.", CHECK_STATUS),
        .references = LIST(REF_POST, REF_TAC),
    },
    [VERDICT_REVOKED] = {
        .id = "SFT-1010", .name = "revoked", .severity = SEVERITY_CRITICAL,
        .title = "a certificate is revoked, or the revocation list is unusable",
        .meaning =
            "The peer's certificate is on the revocation list (err 23; the other end receives TLS alert 44), or the "
            "list itself is missing, expired or signed by another generation of the CA (err 3, 8, 11, 12, 33). "
            "sftunnel.conf names such a list (proxy_crl).",
        .causes = LIST("the certificate was revoked on purpose, when the device was deleted or its certificate "
            "issued again",
            "crl.pem is of another CA generation than cacert.pem", "crl.pem has expired or is missing"),
        .confirm = LIST("on the FMC, as root: openssl crl -noout -text -in /etc/sf/ca_root/crl.pem (dates, issuer, "
            "serial numbers)",
            "on the FMC, as root: /etc/sf/ca_root/index.txt, R in the first column is revoked", CA_DATES),
        .refute = LIST("a valid list that does not hold the certificate's serial number"),
        .next = LIST("Find out whether the revocation was meant; if it was, have a new certificate issued for this "
            "device or register it again.",
            "For a fault of the list itself (err 3, 8, 11, 12, 33): do not regenerate for that; ask Cisco TAC for a "
            "new list.",
            CHECK_STATUS),
        .references = LIST(REF_WEAK, REF_CODES, REF_ALERTS),
    },
    [VERDICT_REJECTED] = {
        .id = "SFT-1011", .name = "rejected", .severity = SEVERITY_CRITICAL,
        .title = "the certificate was refused for another reason",
        .meaning =
            "One end refused the other's certificate or handshake with a code that is none of the usual ones; the "
            "finding names it. The end that logs err N is the one that verifies: the fault lies in what its peer "
            "sent. The end that receives an alert was refused.",
        .causes = LIST("the named code says it: see the OpenSSL manual for err N and the RFCs for alerts",
            "a damaged certificate file", "a certificate that is not meant for this purpose"),
        .confirm = LIST(OTHER_END, SET_FITS, CA_KEYS),
        .refute = LIST("the other end's log names a more exact reason for the same connection: that one counts"),
        .next = LIST("Read the other end's log for the same seconds: it names the reason that this end does not see.",
            "Do not regenerate before the reason is known.", CHECK_STATUS),
        .references = LIST(REF_CODES, REF_ALERTS, REF_SFTUNNEL),
    },
    [VERDICT_AT_RISK] = {
        .id = "SFT-1101", .name = "at_risk", .severity = SEVERITY_CRITICAL,
        .title = "the tunnel is still up on an expired or mismatched certificate",
        .meaning =
            "This peer is connected, but only because its connection is older than the fault: whatever ends it (a "
            "reboot, an upgrade, a restart of sftunnel, a network break) ends it for good. As long as it is up, the "
            "FMC can push the new certificates by itself; once it is down, that has to be done by hand.",
        .causes = LIST("the CA has expired, and this tunnel has not been re-established since",
            "the CA was regenerated, and this peer holds the old set but is still connected"),
        .confirm = LIST(CA_DATES, "sftunnel_status.pl on the FMC: this peer is connected",
            "other peers of the same FMC that fail with SFT-1001 or SFT-1005"),
        .refute = LIST("a notAfter in the future, and the same CA key at both ends"),
        .next = LIST("Look at the date of the CA on the FMC; if it has passed, regenerate now, while the tunnel is up. "
            "Do not reboot, upgrade or restart sftunnel on the FMC or the FTD.",
            "If the CA was regenerated already and this peer holds the old set: do not regenerate again, push the "
            "current set to this peer while the tunnel is up.",
            BACKUP, HOTFIX, GATES, HA_ORDER, GENERATE, PUSH, CHECK_STATUS, NEVER_RESTART_FMC),
        .references = LIST(REF_TAC, REF_FN, REF_BUG),
    },
    [VERDICT_PUSH_INCOMPLETE] = {
        .id = "SFT-1201", .name = "push_incomplete", .severity = SEVERITY_CRITICAL,
        .title = "new certificates did not reach this peer",
        .meaning =
            "The FMC made new certificates, and one or more of the three files did not reach this peer: FAILED_PUSH "
            "or the generation log names it. Its next connection fails with err 7 or alert 51 (SFT-1005).",
        .causes = LIST("the tunnel was down when generate_certs.pl ran", "the push was interrupted"),
        .confirm = LIST("/var/tmp/certs/<time>/FAILED_PUSH and /var/log/sf/sfca_generation.log on the FMC", CA_KEYS,
            SET_FITS, KEY_FITS),
        .refute = LIST("a later push to this peer succeeded: the CA of both ends has the same key, and certificate "
            "and key fit",
            "a tunnel that was established after the push"),
        .next = LIST("Push the FMC's current set to this peer: all three files, then restart sftunnel on that FTD "
            "only.",
            "Do not run generate_certs.pl again: that makes yet another CA.", PUSH, CHECK_STATUS, NEVER_RESTART_FMC),
        .references = LIST(REF_TAC),
    },
    [VERDICT_BAD_FILES] = {
        .id = "SFT-1202", .name = "bad_files", .severity = SEVERITY_WARNING,
        .title = "certificate files are empty, stray or unreadable",
        .meaning =
            "In a peer's directory a file is empty, can't be read, has an unexpected owner or mode, or a name that "
            "only looks right (invisible characters from pasting). The documented mode is 644, root:root, for the "
            "key as well.",
        .causes = LIST("a manual copy that was interrupted between emptying the file and pasting into it",
            "names pasted with invisible characters", "a hardening script that changed owner or mode"),
        .confirm = LIST("ls -lb in /var/sf/peers/<FMC-UUID> of the FTD", SET_FITS, KEY_FITS),
        .refute = LIST("three files with exact names, not empty, mode 644, root:root, that fit one another"),
        .next = LIST("Keep copies, then push the whole set again under the exact names.", PUSH, CHECK_STATUS,
            NEVER_RESTART_FMC),
        .references = LIST(REF_TAC),
    },
    [VERDICT_NETWORK] = {
        .id = "SFT-1301", .name = "network", .severity = SEVERITY_WARNING,
        .title = "no TCP connection: not a certificate fault",
        .meaning =
            "The connection failed before TLS began (refused, unreachable, timed out), or ended for a reason that "
            "has nothing to do with certificates. New certificates would change nothing.",
        .causes = LIST("sftunnel is not running at the other end, or the peer is being rebooted (refused)",
            "no route, or a wrong gateway or management interface (unreachable); some FMC releases use eth0 against "
            "the routing table",
            "a firewall or access list drops 8305/tcp, or the management port was changed at one end (timed out)",
            "path MTU: small packets pass, the certificates do not"),
        .confirm = LIST("netstat -an | grep 8305 at both ends: LISTEN, ESTABLISHED",
            "a capture on 8305/tcp at both ends",
            "pmtool status | grep sftunnel at the end that refuses"),
        .refute = LIST("Connected to ... in the log, followed by a TLS failure of the same attempt"),
        .next = LIST("Check the path on 8305/tcp in both directions, and that sftunnel runs at the other end. Do "
            "not regenerate.", NEVER_RESTART_FMC,
            "If the CA has expired as well, the tunnel fails again once the path is repaired: look at its date now. "
            "" CA_DATES "."),
        .references = LIST(REF_REGISTER, REF_SFTUNNEL, "Cisco bug CSCwc69263: FMC uses eth0 for sftunnel"),
    },
    [VERDICT_PROTOCOL] = {
        .id = "SFT-1302", .name = "protocol", .severity = SEVERITY_CRITICAL,
        .title = "TLS version, cipher or renegotiation refused: not a certificate fault",
        .meaning =
            "The two ends don't agree on how to speak TLS: version (alert 70), cipher (alert 40 or 71), or one end "
            "refuses the renegotiation that the other needs (\"unsafe legacy renegotiation disabled\"). \"wrong "
            "version number\" means that whatever answers on 8305 does not speak TLS at all.",
        .causes = LIST("one end was upgraded, and the other is too old for it",
            "proxy_tls_version differs in the two sftunnel.conf",
            "something in between, or another service, answers on the port"),
        .confirm = LIST("the releases of both ends and their compatibility",
            "proxy_tls_version in /etc/sf/sftunnel.conf at both ends",
            "a capture of the handshake on 8305/tcp"),
        .refute = LIST("a certificate code (err N) or a certificate alert (42 to 48, 51) in the same attempt"),
        .next = LIST("Compare the releases and the TLS version in sftunnel.conf of both ends; align the FTD to the "
            "FMC. Do not regenerate.", NEVER_RESTART_FMC,
            "Check that the FMC's release supports that of the device."),
        .references = LIST(REF_REGISTER, REF_POST, REF_ALERTS),
    },
    [VERDICT_INTERCEPTED] = {
        .id = "SFT-1303", .name = "intercepted", .severity = SEVERITY_CRITICAL,
        .title = "something in between answers with its own certificates",
        .meaning =
            "The chain on the wire belongs to no InternalCA that is known in this case: a TLS proxy or an "
            "inspecting firewall sits between the two ends, or the connection reaches the wrong machine. sftunnel "
            "needs to be passed through untouched.",
        .causes = LIST("TLS inspection on the path between FTD and FMC", "NAT or DNS that leads to another machine",
            "an InternalCA of an FMC of which nothing was given to read"),
        .confirm = LIST("a capture at both ends: the same connection shows different certificates", CA_KEYS),
        .refute = LIST("the same certificates in captures of both ends",
            "the chain belongs to an FMC that was left out of the case"),
        .next = LIST("Exempt 8305/tcp between the two ends from inspection; treat it as a security incident if "
            "nobody put it there.",
            "Do not regenerate and do not re-register over an intercepted path."),
        .references = LIST(REF_TAC, REF_SFTUNNEL),
    },
    [VERDICT_INSUFFICIENT] = {
        .id = "SFT-1901", .name = "insufficient", .severity = SEVERITY_UNKNOWN,
        .title = "not enough was seen for a verdict",
        .meaning =
            "The peer appears in the input, but the lines that would tell the reason don't: the log begins or ends "
            "in the middle, only a generic failure was logged, or the attempt has no outcome. The finding says what "
            "is missing.",
        .causes = LIST("the log is too short, was rotated away, or was cut when it was copied",
            "only one end's log was given, and the reason stands in the other's",
            "the failure has a form that no rule knows: see sftunnel-agent rules test"),
        .confirm = LIST(OTHER_END, "the rotated generations of the log (messages.1.gz and older)", CA_DATES),
        .refute = LIST("any attempt of this peer that is seen from its beginning to its end"),
        .next = LIST("Give it more to read: the other end's log or bundle, and the older generations. Change "
            "nothing yet.",
            "Look at the date of the CA in the meantime: " CA_DATES "."),
        .references = LIST(REF_TAC, REF_SFTUNNEL),
    },
};
/* clang-format on */

_Static_assert(sizeof catalog / sizeof catalog[0] == VERDICT_COUNT, "one entry per verdict");

const struct verdict_info *verdict_info(enum verdict_id id)
{
    return &catalog[id < VERDICT_COUNT ? id : VERDICT_INSUFFICIENT];
}

bool verdict_parse(struct slice text, enum verdict_id *id)
{
    for (int i = 0; i < VERDICT_COUNT; i++) {
        struct slice name = slice_of(catalog[i].id);
        if (slice_eq_nocase(text, name) || slice_eq_nocase(text, slice_from(name, strlen("SFT-"))) ||
            slice_eq_nocase(text, slice_of(catalog[i].name))) {
            *id = (enum verdict_id)i;
            return true;
        }
    }
    return false;
}

const char *severity_name(enum severity s)
{
    switch (s) {
    case SEVERITY_OK: return "ok";
    case SEVERITY_UNKNOWN: return "unknown";
    case SEVERITY_WARNING: return "warning";
    case SEVERITY_CRITICAL: return "critical";
    }
    return "unknown";
}

const char *confidence_name(enum confidence c)
{
    switch (c) {
    case CONFIDENCE_LOW: return "low";
    case CONFIDENCE_MEDIUM: return "medium";
    case CONFIDENCE_HIGH: return "high";
    }
    return "low";
}

enum severity severity_parse(struct slice name)
{
    for (enum severity s = SEVERITY_OK; s <= SEVERITY_CRITICAL; s++)
        if (slice_eq(name, slice_of(severity_name(s))))
            return s;
    return SEVERITY_UNKNOWN;
}

enum confidence confidence_parse(struct slice name)
{
    for (enum confidence c = CONFIDENCE_LOW; c <= CONFIDENCE_HIGH; c++)
        if (slice_eq(name, slice_of(confidence_name(c))))
            return c;
    return CONFIDENCE_LOW;
}
