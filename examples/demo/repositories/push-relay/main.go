// Command push-relay is empty here: its code moved to mobile-mono.
package main

import "log"

func main() {
	log.Fatal("push-relay moved to mobile-mono/services/push-relay")
}
