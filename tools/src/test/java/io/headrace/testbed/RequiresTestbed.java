package io.headrace.testbed;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Marks tests that build a {@link Testbed}. On a machine that cannot, they are skipped and say why;
 * where the environment has CI=true they fail instead, because a gap that nobody notices is worse.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("network")
@ExtendWith(RequiresTestbed.Condition.class)
public @interface RequiresTestbed {

  final class Condition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      List<String> missing = Prerequisites.missing();
      if (missing.isEmpty()) {
        return ConditionEvaluationResult.enabled("a testbed can be made");
      }
      String reason = "this machine lacks " + String.join(", ", missing);
      if ("true".equals(System.getenv("CI"))) {
        throw new IllegalStateException("CI=true, and " + reason);
      }
      return ConditionEvaluationResult.disabled(reason);
    }
  }
}
