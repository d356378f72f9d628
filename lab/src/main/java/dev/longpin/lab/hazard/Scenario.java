package dev.longpin.lab.hazard;

import dev.longpin.lab.world.Races.Kind;
import dev.longpin.lab.world.Races.Pair;
import dev.longpin.lab.world.Races.Side;
import dev.longpin.lab.world.World;
import dev.longpin.lab.world.World.Shape;
import java.util.ArrayList;
import java.util.List;

/** Actors that set a hazard up, and the two of them whose steps race. */
public final class Scenario {

  /** What an actor does. */
  @FunctionalInterface
  public interface Action {
    /** Does it. */
    void act(Stage stage) throws Exception;
  }

  /** An actor. */
  public record Actor(String name, Action action) {}

  private final String name;
  private final List<Actor> actors = new ArrayList<>();
  private int sizeBytes = 2 * World.PAGE;
  private int limitPages = World.FRAMES;
  private int weight = 1;
  private boolean resizable;
  private boolean onStorage;
  private Action setup = stage -> {};
  private Action end = stage -> {};
  private Pair pair = new Pair(Side.of("?", Kind.WORD), Side.of("?", Kind.WORD));

  private Scenario(String name) {
    this.name = name;
  }

  static Scenario of(String name) {
    return new Scenario(name);
  }

  Scenario actor(String actor, Action action) {
    actors.add(new Actor(actor, action));
    return this;
  }

  Scenario setup(Action action) {
    setup = action;
    return this;
  }

  /** Sets what runs when all actors have ended. */
  Scenario end(Action action) {
    end = action;
    return this;
  }

  Scenario sizeBytes(int bytes) {
    sizeBytes = bytes;
    return this;
  }

  Scenario limitPages(int pages) {
    limitPages = pages;
    return this;
  }

  /** Lets half of the memory be given back. */
  Scenario resizable() {
    resizable = true;
    return this;
  }

  /** Lets the pages be the storage, in every column. */
  Scenario onStorage() {
    onStorage = true;
    return this;
  }

  /** Sets how many times fewer schedules are affordable, since one takes that much longer. */
  Scenario weight(int times) {
    weight = times;
    return this;
  }

  /** Sets which two race. */
  Scenario race(Side first, Side second) {
    pair = new Pair(first, second);
    return this;
  }

  /** Returns its name. */
  public String name() {
    return name;
  }

  /** Returns the actors. */
  public List<Actor> actors() {
    return actors;
  }

  /** Returns what it asks of its world. */
  public Shape shape() {
    return new Shape(sizeBytes, limitPages, resizable, onStorage);
  }

  /** Returns how many times fewer schedules are affordable. */
  public int weight() {
    return weight;
  }

  /** Returns what runs before the actors. */
  public Action setup() {
    return setup;
  }

  /** Returns what runs after them. */
  public Action end() {
    return end;
  }

  /** Returns the two sides whose steps have to meet. */
  public Pair pair() {
    return pair;
  }
}
