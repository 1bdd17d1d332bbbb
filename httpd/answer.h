/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer.h: requests that the module itself ends.
 *
 * An answer is finished here and DONE is returned. A status returned to httpd
 * instead would run an ErrorDocument, which skips authentication because "the
 * prior request passed".
 */
#ifndef CORS_ANSWER_H
#define CORS_ANSWER_H

#include "httpd/state.h"

/**
 * Answer a preflight, if this is one and the policy answers them.
 * @return DONE, or DECLINED.
 */
int cors_answer_preflight(request_rec *r, cors_state_t *state);

/** The status of the module's own answer to a preflight. */
int cors_answer_status(const cors_rules_t *rules, const cors_decision_t *d);

/**
 * Answer 403 where CORSRefusal says so.
 * @return DONE, or DECLINED.
 */
int cors_answer_refusal(request_rec *r, cors_state_t *state);

#endif /* CORS_ANSWER_H */
