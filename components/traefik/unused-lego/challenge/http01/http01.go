// Package http01 has the options of HTTP challenges; none has an effect.
package http01

import "time"

// PathPrefix is the folder under which answers to challenges are asked for.
const PathPrefix = "/.well-known/acme-challenge/"

// ChallengeOption is an option of a challenge.
type ChallengeOption struct{}

// SetDelay returns an option.
func SetDelay(time.Duration) ChallengeOption { return ChallengeOption{} }
