package acme.pipeline;

import java.time.Duration;
import java.time.Instant;

/** The span of one file. A file that stays open longer than a minute would be visible as lag. */
public record Window(Instant opened, long bytes) {
    static final Duration LONGEST = Duration.ofMinutes(1);
    static final long LARGEST = 256L * 1024 * 1024;

    public boolean isDone(Instant now) {
        return bytes >= LARGEST || Duration.between(opened, now).compareTo(LONGEST) >= 0;
    }
}
