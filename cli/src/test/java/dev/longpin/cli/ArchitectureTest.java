package dev.longpin.cli;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.targetOwner;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.MonitorInstruction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The architecture as rules. Layers see downward only; what decides the order of events (locks,
 * atomics, clocks, threads) passes through {@code dev.longpin.base}, so that a scheduler can take
 * control of it; native calls and the page word's compare-and-set have one home each.
 */
class ArchitectureTest {
  private static final JavaClasses LONGPIN =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("dev.longpin");

  private static final String BASE = "dev.longpin.base..";
  private static final String LINUX = "dev.longpin.linux..";
  private static final String GUEST = "dev.longpin.guest..";
  private static final String SIM = "dev.longpin.sim..";
  private static final String CLI = "dev.longpin.cli..";
  private static final String LAB = "dev.longpin.lab..";
  private static final String SCHEDULE = "dev.longpin.schedule..";

  /** Core's packages, each with those that it may use, besides itself. */
  private static final Map<String, Set<String>> CORE =
      Map.of(
          "base", Set.of(),
          "api", Set.of("base"),
          "spi", Set.of("api", "base"),
          "store", Set.of("spi", "api", "base"),
          "dax", Set.of("store", "spi", "api", "base"),
          "page", Set.of("spi", "api", "base"),
          "notify", Set.of("page", "spi", "api", "base"),
          "revoke", Set.of("notify", "page", "spi", "api", "base"),
          "mm", Set.of("revoke", "notify", "page", "spi", "api", "base"),
          "cache", Set.of("mm", "revoke", "notify", "page", "store", "spi", "api", "base"));

  private static final String[] CORE_PACKAGES =
      CORE.keySet().stream().map(ArchitectureTest::packageOf).toArray(String[]::new);

  /** Core, linux and guest: whoever must leave the order of events to the seam. */
  private static final String[] SEAMED =
      Stream.concat(Stream.of(CORE_PACKAGES), Stream.of(LINUX, GUEST)).toArray(String[]::new);

  /** What java.util.concurrent has that neither waits nor orders memory. */
  private static final Set<String> HARMLESS = Set.of("java.util.concurrent.TimeUnit");

  @Test
  void everyModuleIsLookedAt() {
    assertThat(LONGPIN.stream().map(JavaClass::getPackageName))
        .as("packages with classes")
        .anyMatch(name -> name.equals("dev.longpin.base"))
        .anyMatch(name -> name.equals("dev.longpin.cli"));
  }

  @Test
  void everyPackageHasALayer() {
    String[] known =
        Stream.concat(Stream.of(SEAMED), Stream.of(SIM, CLI, LAB, SCHEDULE)).toArray(String[]::new);
    check(classes().should().resideInAnyPackage(known).as("every package has a layer"));
  }

  @TestFactory
  Stream<DynamicTest> modulesSeeDownwardOnly() {
    String[] core = CORE_PACKAGES;
    return Stream.of(
        module("core", core, core),
        module("linux", new String[] {LINUX}, and(core, LINUX)),
        module("guest", new String[] {GUEST}, and(and(core, LINUX), GUEST)),
        module("sim", new String[] {SIM}, and(core, SIM)),
        module("schedule", new String[] {SCHEDULE}, and(core, SCHEDULE)),
        module("lab", new String[] {LAB}, and(and(and(core, LINUX), SCHEDULE), LAB)));
  }

  @TestFactory
  Stream<DynamicTest> packagesOfCoreSeeDownwardOnly() {
    return CORE.entrySet().stream()
        .map(layer -> {
          String[] allowed =
              Stream.concat(Stream.of(layer.getKey()), layer.getValue().stream())
                  .map(ArchitectureTest::packageOf)
                  .toArray(String[]::new);
          return module(layer.getKey(), new String[] {packageOf(layer.getKey())}, allowed);
        });
  }

  @Test
  void packagesOfLinuxSeeDownwardOnly() {
    check(
        noClasses()
            .that()
            .resideInAPackage("dev.longpin.linux.sys")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.longpin.linux", "dev.longpin.linux.uring"));
    check(
        noClasses()
            .that()
            .resideInAPackage("dev.longpin.linux.uring")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.longpin.linux"));
  }

  @Test
  void packagesOfGuestSeeDownwardOnly() {
    check(
        noClasses()
            .that()
            .resideInAPackage("dev.longpin.guest.wire")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "dev.longpin.guest", "dev.longpin.guest.host", "dev.longpin.guest.socket", LINUX));
    check(
        noClasses()
            .that()
            .resideInAnyPackage("dev.longpin.guest", "dev.longpin.guest.socket")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.longpin.guest.host"));
    check(
        noClasses()
            .that()
            .resideInAnyPackage("dev.longpin.guest.host", "dev.longpin.guest.socket")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.longpin.guest"));
  }

  @Test
  void onlyBaseUsesJavaUtilConcurrent() {
    check(
        noClasses()
            .that(outsideTheSeam())
            .should()
            .dependOnClassesThat(
                describe(
                    "wait or order memory (java.util.concurrent)",
                    type ->
                        type.getBaseComponentType()
                                .getPackageName()
                                .startsWith("java.util.concurrent")
                            && !HARMLESS.contains(type.getBaseComponentType().getName()))));
  }

  @Test
  void onlyBaseUsesVarHandles() {
    check(
        noClasses()
            .that(outsideTheSeam())
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.lang.invoke.VarHandle"));
  }

  @Test
  void onlyBaseReadsAClock() {
    check(
        noClasses()
            .that(outsideTheSeam())
            .should()
            .accessTargetWhere(
                called(System.class, "nanoTime|currentTimeMillis")
                    .or(
                        targetOwner(resideInAPackage("java.time.."))
                            .and(target(nameMatching("now|system.*|tick.*"))))
                    .as("a clock is read")));
  }

  @Test
  void onlyBaseHandlesThreads() {
    check(
        noClasses()
            .that(outsideTheSeam())
            .should()
            .accessTargetWhere(
                called(
                        Thread.class,
                        "<init>|start|startVirtualThread|ofVirtual|ofPlatform|sleep|yield"
                            + "|onSpinWait|join")
                    .or(targetOwner(assignableTo("java.util.Timer")))
                    .as("a thread is made, or made to wait")));
  }

  @Test
  void onlyBaseDrawsRandomNumbers() {
    check(
        noClasses()
            .that(outsideTheSeam())
            .should()
            .accessTargetWhere(
                called(Math.class, "random")
                    .or(
                        targetOwner(assignableTo("java.util.random.RandomGenerator"))
                            .and(target(name("<init>"))))
                    .as("a random number is drawn that no seed decides")));
  }

  @Test
  void noMethodIsSynchronized() {
    check(
        noMethods()
            .that()
            .areDeclaredInClassesThat(inLibraries())
            .should()
            .haveModifier(JavaModifier.SYNCHRONIZED));
  }

  @Test
  void noMethodHasASynchronizedBlock() throws IOException {
    assertThat(methodsWithSynchronizedBlocks()).isEmpty();
  }

  @Test
  void nobodyWaitsForAMonitor() {
    check(
        noClasses()
            .that(inLibraries())
            .should()
            .accessTargetWhere(
                targetOwner(name("java.lang.Object"))
                    .and(target(nameMatching("wait|notify|notifyAll")))
                    .as("a monitor is waited for")));
  }

  @Test
  void onlyPageWordsSwapsCells() {
    check(
        noClasses()
            .that(inLibraries())
            .and(not(isOrIsInside("dev.longpin.page.PageWords")))
            .and(not(resideInAPackage(BASE)))
            .should()
            .accessTargetWhere(
                targetOwner(name("dev.longpin.base.Cells"))
                    .and(target(name("compareAndSet")))
                    .as("a cell is changed by compare-and-set")));
  }

  @Test
  void onlyDowncallsLinksNativeCode() {
    check(
        noClasses()
            .that(not(isOrIsInside("dev.longpin.linux.sys.Downcalls")))
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.lang.foreign.Linker"));
  }

  @Test
  void librariesPrintNothing() {
    check(
        noClasses()
            .that(inLibraries())
            .should()
            .accessTargetWhere(
                called(System.class, "out|err")
                    .or(
                        targetOwner(assignableTo(Throwable.class))
                            .and(target(name("printStackTrace"))))
                    .as("something is printed")));
  }

  /** Some of Longpin's packages may use no others of Longpin's than the allowed ones. */
  private static DynamicTest module(String name, String[] from, String[] allowed) {
    return DynamicTest.dynamicTest(
        name,
        () ->
            check(
                classes()
                    .that(resideInAnyPackage(from))
                    .should()
                    .onlyDependOnClassesThat(
                        not(resideInAPackage("dev.longpin..")).or(resideInAnyPackage(allowed)))
                    .as(name + " sees downward only")));
  }

  private static DescribedPredicate<JavaClass> inLibraries() {
    return resideInAnyPackage(SEAMED).as("are in core, linux or guest");
  }

  private static DescribedPredicate<JavaClass> outsideTheSeam() {
    return inLibraries()
        .and(not(resideInAPackage(BASE)))
        .as("are in core, linux or guest, outside the seam");
  }

  private static DescribedPredicate<JavaAccess<?>> called(Class<?> owner, String names) {
    return targetOwner(assignableTo(owner)).and(target(nameMatching(names)));
  }

  private static DescribedPredicate<JavaClass> isOrIsInside(String className) {
    return describe(
        "is " + className,
        type -> type.getName().equals(className) || type.getName().startsWith(className + "$"));
  }

  /** Checks a rule; one that no class is subject to holds. */
  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(LONGPIN);
  }

  private static List<String> methodsWithSynchronizedBlocks() throws IOException {
    List<String> found = new ArrayList<>();
    for (JavaClass type : LONGPIN.that(inLibraries())) {
      try (InputStream bytes = type.getSource().orElseThrow().getUri().toURL().openStream()) {
        ClassModel model = ClassFile.of().parse(bytes.readAllBytes());
        for (MethodModel method : model.methods()) {
          if (method.code().stream()
              .flatMap(code -> code.elementStream())
              .anyMatch(MonitorInstruction.class::isInstance)) {
            found.add(type.getName() + "." + method.methodName().stringValue());
          }
        }
      }
    }
    return found;
  }

  private static String packageOf(String layer) {
    return "dev.longpin." + layer + "..";
  }

  private static String[] and(String[] some, String more) {
    return Stream.concat(Stream.of(some), Stream.of(more)).toArray(String[]::new);
  }
}
