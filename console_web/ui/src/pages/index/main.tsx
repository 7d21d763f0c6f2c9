/** `/`: to the page of the role, or to the log-in. */
import * as api from "../../api/endpoints";
import { homeOf } from "../../state/roles";

api.session().then(
  (session) => location.replace(session.user.must_change_password ? "/login" : homeOf(session.user.role)),
  () => location.replace("/login"),
);
