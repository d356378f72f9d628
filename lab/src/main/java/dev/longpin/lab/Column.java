package dev.longpin.lab;

import dev.longpin.api.PinPolicies;
import dev.longpin.api.PinPolicy;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The columns: what stands against a hazard. */
public enum Column {
  /** Linux in 2018: the shipped code with a policy that looks at no pin. */
  UNPROTECTED("Linux in 2018: no protection"),
  REFUSE("no long-term pin is granted"),
  FLAG_ALL("every pin forbids to unmap"),
  GIVE_UP("a long-term pin forbids to unmap"),
  WAIT("unmapping waits, to a deadline"),
  REVOKE("holders are told, then as wait"),
  /** A device with a page table of its own, where long-term pins are refused. */
  NOTIFIER("devices that fault, and are told to forget"),
  /** With the policy that is the default there. */
  DAX("the pages are the storage itself"),
  /** This machine's kernel. */
  KERNEL("this machine's Linux, live");

  private final String meaning;

  Column(String meaning) {
    this.meaning = meaning;
  }

  /** Returns the policy that the cache is made with; null if there is no cache. */
  public @Nullable PinPolicy policy() {
    return switch (this) {
      case UNPROTECTED -> new Unprotected();
      case REFUSE, NOTIFIER, DAX -> PinPolicies.REFUSE;
      case FLAG_ALL -> PinPolicies.FLAG_ALL;
      case GIVE_UP -> PinPolicies.GIVE_UP;
      case WAIT -> PinPolicies.WAIT;
      case REVOKE -> PinPolicies.REVOKE;
      case KERNEL -> null;
    };
  }

  /** Returns whether a device can pin a page for as long as it likes. */
  public boolean grantsLongtermPins() {
    return policy() != null && policy() != PinPolicies.REFUSE;
  }

  /** Returns what it is, in a few words. */
  public String meaning() {
    return meaning;
  }

  /** Returns the name in reports, such as "give_up". */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Returns the column of a label.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Column of(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }

  /** Returns whether this is a policy that ships, and so has to hold. */
  public boolean ships() {
    return policy() instanceof PinPolicies;
  }
}
