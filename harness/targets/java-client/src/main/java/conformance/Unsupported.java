package conformance;

/** What the library cannot do. */
final class Unsupported extends RuntimeException {
  private static final long serialVersionUID = 1;

  Unsupported(String what) {
    super("unsupported: " + what);
  }
}
