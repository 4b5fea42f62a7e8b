package conformance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** The lines that the driver writes. */
final class Channel {
  private final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);

  synchronized void write(ObjectNode line) {
    out.print(line + "\n");
    out.flush();
  }

  /** Reports an event with these members, and those of more. */
  void report(String ev, ObjectNode more) {
    write(more.put("ev", ev).put("t", System.nanoTime() / 1e6));
  }
}
