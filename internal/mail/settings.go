package mail

import (
	"net"
	"strconv"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/settings"
)

// ready is nil when e-mail can be sent, or the Conflict that says why not.
func ready(set settings.Email) error {
	if !set.Enabled {
		return fault.New(fault.Conflict, "e-mail is not set up: it is switched off")
	}
	if err := set.Validate(); err != nil {
		return fault.New(fault.Conflict, "e-mail is not set up: %s", err)
	}
	return nil
}

func address(set settings.Email) string {
	return net.JoinHostPort(set.Host, strconv.Itoa(set.Port))
}
