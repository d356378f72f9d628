package dev.longpin.linux.uring;

/** A zero-copy send under way. */
public final class SendRequest {

  /** Is told when the kernel no longer has the memory. */
  @FunctionalInterface
  public interface End {
    /** Gets whether the kernel copied after all. */
    void ended(boolean copied);
  }

  private final RingRequest request;

  SendRequest(RingRequest request) {
    this.request = request;
  }

  RingRequest request() {
    return request;
  }

  /** Returns whether the result is there. */
  public boolean isAnswered() {
    return request.isAnswered();
  }

  /** Returns the number of bytes that the connection took, or the negated error number. */
  public int result() {
    return request.result();
  }

  /** Returns whether the kernel no longer has the memory. */
  public boolean isFinished() {
    return request.isFinished();
  }
}
