// Package relay hands notifications to the services of phone makers.
package relay

// A notification that is older than this is noise.
const expirySeconds = 4 * 60 * 60

// Payload is what leaves our network: a kind and a screen, never an amount or a name.
type Payload struct {
	Kind   string `json:"kind"`
	Link   string `json:"link,omitempty"`
	Expiry int    `json:"expiry"`
}

// New makes the payload of a notification.
func New(kind, link string) Payload {
	return Payload{Kind: kind, Link: link, Expiry: expirySeconds}
}
