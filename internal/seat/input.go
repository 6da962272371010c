package seat

import (
	"github.com/licet/licet/internal/fault"
)

// maxKeyBytes bounds userKey and licenseToken: longer ones cannot exist.
const maxKeyBytes = 256

// need says what identity a call must bring.
type need uint8

const (
	anyIdentity need = iota // looked up as it is
	needMachine             // activate: a machine
	needEither              // request: a machine or a client
)

func (c Client) validate(n need) error {
	for _, m := range []struct{ name, value string }{
		{"machineId", c.MachineID}, {"clientId", c.ClientID}, {"clientName", c.ClientName},
	} {
		if len(m.value) > maxIdentityBytes {
			return fault.Bad(m.name, "has %d bytes, %d is the most", len(m.value), maxIdentityBytes)
		}
	}
	if n == needMachine && c.MachineID == "" {
		return fault.Bad("machineId", "is needed to activate a license")
	}
	if n == needEither && c.MachineID == "" && c.ClientID == "" {
		return fault.Bad("clientId", "a clientId or a machineId is needed to request a seat")
	}
	return nil
}

func validateKey(field, key string) error {
	if key == "" {
		return fault.Bad(field, "is missing")
	}
	if len(key) > maxKeyBytes {
		return fault.Bad(field, "has %d bytes, %d is the most", len(key), maxKeyBytes)
	}
	return nil
}
