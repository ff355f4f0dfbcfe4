package rpc

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"baoxue.internal/pkg/fault"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
)

// rules maps a full method name, "/package.Service/Method", to who may call it.
type rules map[string]*commonv1.AccessRule

// The health service is part of the transport, not of the contract: it has no
// place to declare a rule and tells nothing but "serving".
const healthService = "grpc.health.v1.Health"

// collectRules reads the access rule of every registered method from its proto
// and fails on the first service that leaves one out.
func collectRules(services map[string]grpc.ServiceInfo) (rules, error) {
	collected := rules{}
	for name, info := range services {
		if name == healthService {
			continue
		}
		descriptor, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
		if err != nil {
			return nil, fmt.Errorf("service %s: %w", name, err)
		}
		service, ok := descriptor.(protoreflect.ServiceDescriptor)
		if !ok {
			return nil, fmt.Errorf("%s is not a service", name)
		}
		for _, method := range info.Methods {
			full := "/" + name + "/" + method.Name
			m := service.Methods().ByName(protoreflect.Name(method.Name))
			if m == nil {
				return nil, fmt.Errorf("method %s is not in its proto", full)
			}
			rule, ok := proto.GetExtension(m.Options(), commonv1.E_Access).(*commonv1.AccessRule)
			if !ok || rule == nil || !declares(rule) {
				return nil, fmt.Errorf("method %s declares no access rule (option (baoxue.common.v1.access))", full)
			}
			collected[full] = rule
		}
	}
	return collected, nil
}

// declares reports whether exactly one way in is named: everybody, or somebody.
func declares(r *commonv1.AccessRule) bool {
	named := len(r.GetLevels())+len(r.GetScopes()) > 0
	return r.GetAnonymous() != named && !slices.Contains(r.GetLevels(), commonv1.Level_LEVEL_UNSPECIFIED) &&
		!slices.Contains(r.GetRoles(), commonv1.Role_ROLE_UNSPECIFIED)
}

func (r rules) check(method string, id Identity) error {
	rule, ok := r[method]
	if !ok {
		if strings.HasPrefix(method, "/"+healthService+"/") {
			return nil
		}
		return fault.New(fault.Denied, "PERMISSION_DENIED", "没有权限进行此操作")
	}
	switch {
	case rule.GetAnonymous():
		return nil
	case id.Subject == "":
		return fault.New(fault.Unauthenticated, "UNAUTHENTICATED", "请先登录")
	case id.MustChangePassword && !rule.GetBeforePasswordChange():
		return fault.New(fault.Denied, "PASSWORD_CHANGE_REQUIRED", "首次登录请先修改密码")
	case id.Level != commonv1.Level_LEVEL_UNSPECIFIED && slices.Contains(rule.GetLevels(), id.Level) && anyRole(rule, id):
		return nil
	case slices.ContainsFunc(rule.GetScopes(), func(s string) bool { return slices.Contains(id.Scopes, s) }):
		return nil
	}
	return fault.New(fault.Denied, "PERMISSION_DENIED", "您的账号没有权限进行此操作")
}

func anyRole(rule *commonv1.AccessRule, id Identity) bool {
	return len(rule.GetRoles()) == 0 ||
		slices.ContainsFunc(id.Roles, func(r commonv1.Role) bool { return slices.Contains(rule.GetRoles(), r) })
}
